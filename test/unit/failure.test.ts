import { joinSentences, messageOf, ownText } from '../../nodes/KibanaEntityStore/failure';

const throwing = (key: PropertyKey): object => ({
	[key]: () => {
		throw null;
	},
});

describe('the message of what was thrown', () => {
	it.each<[string, unknown, string]>([
		['an error', new Error('no'), 'no'],
		['a text', 'no', 'no'],
		['null', null, 'null'],
		['nothing', undefined, 'undefined'],
		['a symbol', Symbol('no'), 'Symbol(no)'],
	])('of %s is what it says', (_, thrown, message) => {
		expect(messageOf(thrown)).toBe(message);
	});

	it.each<[string, unknown]>([
		['without a prototype', Object.create(null)],
		['whose text throws', throwing('toString')],
		['whose primitive value throws', throwing(Symbol.toPrimitive)],
		[
			'whose message throws',
			Object.defineProperty(new Error(), 'message', {
				get: () => {
					throw null;
				},
			}),
		],
		[
			'whose prototype throws',
			new Proxy(
				{},
				{
					getPrototypeOf: () => {
						throw null;
					},
				},
			),
		],
	])('of an object %s never throws itself', (_, thrown) => {
		expect(messageOf(thrown)).toBe('a value that cannot be shown');
	});

	it('is short, however long the text', () => {
		expect(messageOf(new Error('x'.repeat(1e6))).length).toBeLessThan(1_100);
	});
});

describe('sentences', () => {
	it('go on after a quoted one without its period', () => {
		expect(joinSentences('Kibana refused it: not now.', 'Try again.')).toBe(
			'Kibana refused it: not now. Try again.',
		);
		expect(joinSentences('Only one.')).toBe('Only one.');
	});

	it('of Kibana are left out of the words of the node, with their period', () => {
		const serverMessage = 'No, not now.';
		for (const [message, own] of [
			['Refused: No, not now.', 'Refused'],
			['Refused: No, not now. It may be stored', 'Refused. It may be stored'],
			['Refused', 'Refused'],
		] as const) {
			expect(ownText({ reason: 'refused', message, serverMessage })).toBe(own);
		}
	});
});
