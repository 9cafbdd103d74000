module.exports = {
	testEnvironment: 'node',
	roots: ['<rootDir>/sandbox', '<rootDir>/test'],
	testMatch: ['**/*.test.ts'],
	testSequencer: '<rootDir>/test/sequencer.js',
	transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: 'test/tsconfig.json' }] },
	testTimeout: 30_000,
};
