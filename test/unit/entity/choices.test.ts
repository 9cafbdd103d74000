import fc from 'fast-check';

import { compileChoice } from '../../../nodes/KibanaEntityStore/entity/choices';
import {
	ENTITY_TYPES,
	FIELDS_OF,
	GENERATION_NAMES,
} from '../../../nodes/KibanaEntityStore/entity/fields';
import { mapperFields } from '../../../nodes/KibanaEntityStore/methods/resourceMapping';

const CRITICALITY = ['low_impact', 'medium_impact', 'high_impact', 'extreme_impact'];
const LEVELS = ['Unknown', 'Low', 'Moderate', 'High', 'Critical'];

describe('a choice', () => {
	it.each([
		['high_impact', 'high_impact'],
		['High Impact', 'high_impact'],
		['high impact', 'high_impact'],
		['HIGH_IMPACT', 'high_impact'],
		['high-impact', 'high_impact'],
		['HighImpact', 'high_impact'],
		[' High  Impact\n', 'high_impact'],
		['critical', undefined],
		['high', undefined],
		['', undefined],
		['__proto__', undefined],
		['constructor', undefined],
	])('%j of the asset criticality stands for %j', (text, value) => {
		expect(compileChoice(CRITICALITY)(text)).toBe(value);
	});

	it('keeps the capitals that the API wants', () => {
		expect(['critical', 'CRITICAL', 'Critical'].map(compileChoice(LEVELS))).toEqual([
			'Critical',
			'Critical',
			'Critical',
		]);
	});

	it("takes every label of the editor's dropdowns", () => {
		const lists = GENERATION_NAMES.flatMap((generation) =>
			mapperFields(ENTITY_TYPES, [generation], true).flatMap(({ options }) => options ?? []),
		);
		expect(lists.length).toBeGreaterThan(0);
		const all = GENERATION_NAMES.flatMap((generation) =>
			ENTITY_TYPES.flatMap((type) =>
				[...FIELDS_OF[generation][type].byPath.values()].flatMap(({ values }) => values ?? []),
			),
		);
		const toValue = compileChoice(all);
		for (const { name, value } of lists) expect(toValue(name)).toBe(value);
	});

	it('is one of the values or none, whatever the text', () => {
		const toValue = compileChoice(CRITICALITY);
		const allowed: readonly unknown[] = [...CRITICALITY, undefined];
		const spelled = fc
			.tuple(fc.constantFrom(...CRITICALITY), fc.constantFrom(' ', '-', '_', ''))
			.map(([value, separator]) => value.toUpperCase().replaceAll('_', separator));
		fc.assert(
			fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), spelled), (text) =>
				allowed.includes(toValue(text)),
			),
		);
	});

	it('is not sought in text that no choice can be', () => {
		expect(compileChoice(CRITICALITY)(`high_impact${' '.repeat(1_000_000)}`)).toBeUndefined();
	});
});
