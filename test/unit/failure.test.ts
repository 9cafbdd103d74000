import { messageOf } from '../../nodes/KibanaEntityStore/failure';

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
