import {
	compileValue,
	NOT_SIMPLE,
} from '../../../../nodes/KibanaEntityStore/n8n/values/simpleExpression';
import {
	mayMutate,
	toBatchedCode,
} from '../../../../nodes/KibanaEntityStore/n8n/values/batchedExpression';

const valueOf = (mapped: unknown, json: unknown) => {
	const compiled = compileValue(mapped);
	return compiled ? compiled(json) : 'left to n8n';
};

const JANE = {
	name: 'Jane',
	'last login': '2026-01-02',
	emails: ['jane@example.com', 'j@example.com'],
	profile: { title: null, age: 0, admin: false, empty: '' },
	seen: new Date(0),
};

describe('simple expressions', () => {
	it.each<[unknown, unknown]>([
		['okta', 'okta'],
		[7, 7],
		[null, null],
		['={{ $json.name }}', 'Jane'],
		['={{$json["last login"]}}', '2026-01-02'],
		["={{ $json['profile'].age }}", 0],
		['={{ $json.emails[0] }}', 'jane@example.com'],
		['={{ $json.emails }}', JANE.emails],
		['={{ $json?.profile?.title }}', null],
		['={{ $json.nobody.knows[7].this }}', undefined],
		['={{ $json.name }} <{{ $json.emails[1] }}>', 'Jane <j@example.com>'],
		['={{ $json.profile.age }}/{{ $json.profile.admin }}/{{ $json.profile.title }}/', '0/false//'],
		['=fixed', 'fixed'],
		['={{ $json.name }} ', 'Jane '],
	])('%j is read without n8n', (mapped, value) => {
		expect(valueOf(mapped, JANE)).toEqual(value);
	});

	it.each([
		'={{ $json.name.length }}',
		'={{ $json.emails.length }}',
		'={{ $json.seen }}',
		'={{ $json }}',
		'={{ $json.profile }}, {{ $json.name }}',
	])('%j is simple, but not for this item', (mapped) => {
		expect(valueOf(mapped, JANE)).toBe(NOT_SIMPLE);
	});

	it.each([
		'={{ $json.name.toUpperCase() }}',
		'={{ $json.constructor }}',
		'={{ $json["__proto__"] }}',
		'={{ $json.name',
		'={{ $json.a + 1 }}',
		'={{ $itemIndex }}',
		'=\\{{ $json.name }}',
		'=a constructor {{ $json.name }}',
		{ nested: '={{ $json.name }}' },
	])('%j is left to n8n', (mapped) => {
		expect(valueOf(mapped, JANE)).toBe('left to n8n');
	});
});

describe('expressions that share an evaluation', () => {
	it.each([
		['={{ $json.a.toUpperCase() }}', 'items'],
		['={{ $json.tags.map((tag) => tag.name) }}', 'items'],
		['=Dr {{ $json.a || "nobody" }}', 'items'],
		['={{ $("Okta").item.json.id }}', 'fields'],
		['={{ $itemIndex + 1 }}', 'fields'],
	])('%s: among %s', (mapped, scope) => {
		expect(toBatchedCode(mapped)?.scope).toBe(scope);
	});

	it.each([
		'={{ $json.tags.sort() }}',
		'={{ $json.a = 1 }}',
		'={{ $json.a /* why */ }}',
		'={{ `${$json.a}` }}',
		'={{ /x/.test($json.a) }}',
		'={{ new Date() }}',
		'={{ this.$json }}',
		'={{ $json.a; $json.b }}',
		'={{ $json.a',
		'={{ $json.a) || (1 }}',
		'={{ [$json.a) }}',
		'={{ ($json.a }}',
		'={{ $json.list[$json.op]() }}',
		'={{ ($json.list[$json.op])() }}',
		'={{ $json.list[$json.op]?.(1) }}',
	])('%s: none', (mapped) => {
		expect(toBatchedCode(mapped)).toBeUndefined();
	});

	it.each<[string, string[] | undefined]>([
		['={{ $json.a + $json?.b?.c }}', ['a', 'b']],
		['=Dr {{ $json["last name"].trim() }}, {{ $json.title || "none" }}', ['last name', 'title']],
		['={{ $json.tags.map((tag) => tag[0]) }}', ['tags']],
		['={{ Object.keys($json) }}', undefined],
		['={{ $json["a" + "b"] }}', undefined],
		['={{ $json.isEmpty() }}', undefined],
		['={{ { ...$json } }}', undefined],
	])('%s reads %j', (mapped, keys) => {
		expect(toBatchedCode(mapped)?.keys).toEqual(keys && new Set(keys));
	});

	it('are none beside one that might change the item', () => {
		for (const mapped of [
			'={{ $json.a.push(1) }}',
			'={{ $json.n++ }}',
			'={{ ($json.a = 2) }}',
			'={{ $json.list[$json.op]() }}',
			'={{ ($json.list[$json.op] /* in place */ ) ?.(1) }}',
			'={{ $json.list[$json.op]`x` }}',
		]) {
			expect(mayMutate(mapped)).toBe(true);
		}
		for (const mapped of [
			'={{ $json.a === 1 }}',
			'={{ $json.a >= 1 ? (x => x)(1) : 2 }}',
			'=[a]({{ $json.a[0] }})',
		]) {
			expect(mayMutate(mapped)).toBe(false);
		}
	});
});
