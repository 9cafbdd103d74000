import fc from 'fast-check';

import { findJsonError } from '../../../nodes/KibanaEntityStore/entity/json';

const isJson = (text: string): boolean => {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
};

describe('the place where a text ceases to be JSON', () => {
	it.each([
		['', 1, 1],
		['no json', 1, 1],
		['{"a": 1,}', 1, 9],
		['{"a": 1\n "b": 2}', 2, 2],
		['{"a" 1}', 1, 6],
		['{a: 1}', 1, 2],
		["{'a': 1}", 1, 2],
		['{"a": }', 1, 7],
		['{"a": 1', 1, 8],
		['{"a": 1}}', 1, 9],
		['[1, 2,\n  ]', 2, 3],
		['[1, 2}', 1, 6],
		['{"a": [1, {"b": tru}]}', 1, 17],
		['{"a": 01}', 1, 7],
		['{"a": "one\ntwo"}', 1, 7],
		['{"a": "\\x"}', 1, 7],
		['{\r\n  "a": 1,\r\n  b: 2\r\n}', 3, 3],
		['{"user": {"name": "jane"}, {{ $json.email }}}', 1, 28],
	])('of %j is line %d, column %d', (text, line, column) => {
		expect(isJson(text)).toBe(false);
		expect(findJsonError(text)).toEqual({ line, column });
	});

	it('is the end for a text of which only the end is missing, and is found for every text', () => {
		fc.assert(
			fc.property(fc.json({ maxDepth: 3 }), fc.nat(), (text, at) => {
				const cut = text.slice(0, at % text.length);
				if (isJson(cut)) return;
				const { line, column } = findJsonError(cut);
				expect(line).toBe(1);
				expect(column).toBeLessThanOrEqual(cut.length + 1);
			}),
		);
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), (text) => {
				if (!isJson(text)) expect(findJsonError(text).line).toBeGreaterThan(0);
			}),
		);
	});

	it('is the end of a whole JSON text', () => {
		fc.assert(
			fc.property(fc.json(), (text) => {
				expect(findJsonError(`${text} `)).toEqual({ line: 1, column: text.length + 2 });
			}),
		);
	});
});
