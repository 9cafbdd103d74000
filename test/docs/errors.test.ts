import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { errorPage } from './errorPage';
import { ERRORS } from './errors';
import { messagesInCode, wholeCode } from './messages';

const listed = Object.values(ERRORS).flatMap(({ messages }) => messages);

const pattern = (message: string): RegExp =>
	new RegExp(
		`^(… )?${message
			.replace(/^… /, '')
			.split('…')
			.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
			.join('.*')}$`,
		's',
	);

describe('docs/errors.md', () => {
	it('is generated from the catalogue of errors (npm run docs writes it)', () => {
		const written = readFileSync(join(__dirname, '../../docs/errors.md'), 'utf8');
		expect(written).toBe(errorPage());
	});

	it('lists every message in the code of the node', () => {
		const found = messagesInCode();
		expect(found.length).toBeGreaterThan(50);
		const patterns = listed.map(pattern);
		const missing = found.filter((words) => !patterns.some((one) => one.test(words)));
		expect(missing).toEqual([]);
	});

	it('lists no message that is missing in the code', () => {
		const code = wholeCode();
		const unknown = listed.filter((message) =>
			message
				.split('…')
				.map((part) => part.trim())
				.some((part) => part.length > 3 && !code.includes(part)),
		);
		expect(unknown).toEqual([]);
	});

	it('lists each message once', () => {
		expect(new Set(listed).size).toBe(listed.length);
	});
});
