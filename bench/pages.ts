/** The pages of a list of entities that do not change, as Kibana answers them, made once for each size. */

const PAGE_SIZE = 1_000;
const LEVELS = ['Unknown', 'Low', 'Moderate', 'High', 'Critical'];
/** Every entity has one time, as after the daily snapshot. */
const TIME = '2026-01-01T00:00:00.000Z';

const entityAt = (index: number): object => ({
	'@timestamp': TIME,
	entity: {
		id: `user:person.${index}@example.com@okta`,
		name: `Person ${index}`,
		EngineMetadata: { Type: 'user' },
		risk: {
			calculated_level: LEVELS[index % LEVELS.length],
			calculated_score_norm: (index * 7.77) % 100,
		},
		...(index % 3 === 0 && { attributes: { watchlists: ['vip', `list-${index % 50}`] } }),
	},
	...(index % 2 === 0 && { asset: { criticality: 'high_impact' } }),
	user: { name: `person.${index}`, roles: [`role-${index % 300}`] },
});

const pages = new Map<string, string>();

/**
 * Returns the answer to a request for a page.
 *
 * @param entities how many there are in all
 * @param query of the request: `size`, and `searchAfter` with the number of entities on the pages before
 */
export const pageOf = (entities: number, query: URLSearchParams): string => {
	const size = Number(query.get('size') ?? PAGE_SIZE);
	const [start] = JSON.parse(query.get('searchAfter') ?? '[0]') as [number];
	const key = `${entities} ${start} ${size}`;
	const known = pages.get(key);
	if (known !== undefined) return known;
	const end = Math.min(start + size, entities);
	const body = JSON.stringify({
		entities: Array.from({ length: end - start }, (_, index) => entityAt(start + index)),
		...(end < entities && { nextSearchAfter: [end] }),
	});
	pages.set(key, body);
	return body;
};
