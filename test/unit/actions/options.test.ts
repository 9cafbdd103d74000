import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import {
	choiceOption,
	numberOption,
	optionsParameter,
	readOptions,
	switchOption,
	textOption,
} from '../../../nodes/KibanaEntityStore/actions/options';

const table = {
	size: numberOption({ displayName: 'Size' }, { initial: 5, least: 1, most: 9 }),
	isOn: switchOption({ displayName: 'Active' }),
	kind: choiceOption(
		{ displayName: 'Kind' },
		[
			{ name: 'A', value: 'a' },
			{ name: 'B', value: 'b' },
		],
		'a',
	),
	text: textOption({ displayName: 'Text' }),
};

/** The one method that reading options calls. */
const contextWith = (options: IDataObject) =>
	({ getNodeParameter: () => options }) as unknown as IExecuteFunctions;

describe('a table of options', () => {
	it('is described in alphabetical order, with its defaults and bounds', () => {
		expect(optionsParameter(table).options).toMatchObject([
			{ name: 'isOn', type: 'boolean', default: false },
			{ name: 'kind', type: 'options', default: 'a' },
			{ name: 'size', type: 'number', default: 5, typeOptions: { minValue: 1, maxValue: 9 } },
			{ name: 'text', type: 'string', default: '' },
		]);
	});

	it('is read with the same defaults and bounds', () => {
		expect(readOptions(contextWith({}), table)).toEqual({
			size: 5,
			isOn: false,
			kind: 'a',
			text: '',
		});
		expect(readOptions(contextWith({ size: 9, text: ' x ' }), table)).toMatchObject({
			size: 9,
			text: 'x',
		});
	});

	it.each([{ size: 0 }, { size: 10 }, { size: 1.5 }, { kind: 'c' }, { isOn: 'yes' }])(
		'says which option is wrong: %j',
		(options) => {
			const [name] = Object.keys(options);
			expect(readOptions(contextWith(options), table)).toEqual({
				problem: expect.stringMatching(`^Option ${name}: `) as string,
			});
		},
	);
});
