import { compileValue } from '../../../nodes/KibanaEntityStore/n8n/values/simpleExpression';
import {
	mayMutate,
	toBatchedCode,
} from '../../../nodes/KibanaEntityStore/n8n/values/batchedExpression';
import { SOURCES } from '../../../nodes/KibanaEntityStore/sources';

const MAPPED = SOURCES.flatMap(({ fields }) =>
	Object.values(fields).flatMap(Object.values<string>),
);

describe('the expressions of sources', () => {
	it('cost no evaluation of their own: they are read directly, or evaluated for many items at once', () => {
		const slow = MAPPED.filter(
			(mapped) =>
				mayMutate(mapped) ||
				(compileValue(mapped) === undefined && toBatchedCode(mapped)?.scope !== 'items'),
		);
		expect(slow).toEqual([]);
	});

	it('are short enough to read', () => {
		expect(MAPPED.filter((mapped) => mapped.length > 160)).toEqual([]);
	});
});
