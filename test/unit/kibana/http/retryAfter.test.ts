import { readRetryAfter } from '../../../../nodes/KibanaEntityStore/kibana/http/retryAfter';

const NOW = Date.parse('2026-05-01T12:00:00Z');

describe('Retry-After', () => {
	it.each([
		['30', 30_000],
		[' 1.5 ', 1_500],
		['0', 0],
		['Fri, 01 May 2026 12:00:20 GMT', 20_000],
		['Fri, 01 May 2026 11:00:00 GMT', 0],
		['-5', undefined],
		['soon', undefined],
		['', undefined],
		[undefined, undefined],
	])('%p asks for %p ms', (header, ms) => {
		expect(readRetryAfter(header, NOW)).toBe(ms);
	});
});
