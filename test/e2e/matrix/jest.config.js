const base = require('../../../jest.config.js');

/** What holds on every n8n; `npm run test:n8n` runs it on one or several. */
module.exports = {
	...base,
	rootDir: '../../..',
	roots: ['<rootDir>/test/e2e/matrix'],
	testMatch: ['**/*.matrix.ts'],
	testTimeout: 60_000,
};
