import { compileValue } from '../../../nodes/KibanaEntityStore/n8n/expression';
import { mayDisturb, toJointCode } from '../../../nodes/KibanaEntityStore/n8n/jointExpression';
import { SOURCES } from '../../../nodes/KibanaEntityStore/sources';

const MAPPED = SOURCES.flatMap(({ fields }) =>
	Object.values(fields).flatMap(Object.values<string>),
);

describe('the expressions of sources', () => {
	it('cost no evaluation of their own: they are read directly, or evaluated for many items at once', () => {
		const slow = MAPPED.filter(
			(mapped) =>
				mayDisturb(mapped) ||
				(compileValue(mapped) === undefined && toJointCode(mapped)?.reach !== 'items'),
		);
		expect(slow).toEqual([]);
	});

	it('are short enough to read', () => {
		expect(MAPPED.filter((mapped) => mapped.length > 160)).toEqual([]);
	});
});
