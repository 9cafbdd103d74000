import fc from 'fast-check';

import { quoteMessage, readMessage } from '../../../../nodes/KibanaEntityStore/kibana/http/words';

const bodyOf = (message: unknown): string => JSON.stringify({ message });

describe('what Kibana says', () => {
	it('is its message, word for word, or nothing', () => {
		expect(readMessage(bodyOf('[request body]: a, a'))).toBe('[request body]: a, a');
		for (const body of ['', '<html>', 'null', '[]', bodyOf(1), bodyOf(null)]) {
			expect(readMessage(body)).toBeUndefined();
			expect(quoteMessage(body)).toBeUndefined();
		}
	});

	it.each([
		['[request body]: a: b, a: b, a: b, a: b', '[request body]: a: b'],
		[
			'[request body]: host.ip: Invalid input: expected array, received string, Unrecognized key: "host", Unrecognized key: "host"',
			'[request body]: host.ip: Invalid input: expected array, received string, Unrecognized key: "host"',
		],
		[
			`[request body]: type: Invalid enum value. Expected 'a' | 'b', received 'c', type: Invalid enum value. Expected 'a' | 'b', received 'c'`,
			`[request body]: type: Invalid enum value. Expected 'a' | 'b', received 'c'`,
		],
		['[request query]: x, y, x, and 5 more', '[request query]: x, y, and 5 more'],
		// Only validation messages repeat themselves.
		['Entities not found: [a, a]', 'Entities not found: [a, a]'],
	])('says each issue once: %s', (message, quoted) => {
		expect(quoteMessage(bodyOf(message))).toBe(quoted);
	});

	it('keeps every issue, and is of bounded length', () => {
		fc.assert(
			fc.property(fc.array(fc.stringMatching(/^[a-z]{1,8}: [a-z]{1,8}$/)), (issues) => {
				const quoted = quoteMessage(bodyOf(`[request body]: ${issues.join(', ')}`)) ?? '';
				expect(quoted.length).toBeLessThanOrEqual(1_001);
				if (quoted.length <= 1_000) for (const issue of issues) expect(quoted).toContain(issue);
			}),
		);
	});
});
