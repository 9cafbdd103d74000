const { default: Sequencer } = require('@jest/test-sequencer');

const isEndToEnd = ({ path }) => path.endsWith('.e2e.test.ts');

/** Quick tests first, the end-to-end run last: a broken unit need not wait for an n8n to start. */
module.exports = class extends Sequencer {
	sort(tests) {
		const sorted = super.sort(tests);
		return [...sorted.filter((test) => !isEndToEnd(test)), ...sorted.filter(isEndToEnd)];
	}
};
