import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
	ENTITY_TYPES,
	FIELDS_OF,
	GENERATION_NAMES,
	type EntityType,
} from '../../nodes/KibanaEntityStore/entity/fields';
import { EXAMPLES, fileOf, LIFECYCLE_EXAMPLES } from '.';
import { FAILURES, type WorkflowNode } from './workflow';

const ALL = [...EXAMPLES, ...LIFECYCLE_EXAMPLES];

const ROOT = join(__dirname, '../..');

const ours = (nodes: readonly WorkflowNode[]) =>
	nodes.filter(({ type }) => type.endsWith('.kibanaEntityStore'));

type Connections = Record<string, { main: Array<Array<{ node: string }>> }>;

interface Parameters {
	readonly entityType: EntityType | 'mixed';
	readonly force: boolean;
	readonly [mapper: `${string}Fields`]: {
		readonly value: object;
		readonly schema: ReadonlyArray<{ id: string }>;
	};
}

describe('the example workflows', () => {
	it('are committed as they are built, and no others are (npm run examples writes them)', () => {
		for (const example of ALL) {
			expect(readFileSync(join(ROOT, 'examples', example.file), 'utf8')).toBe(fileOf(example));
		}
		const expected = ['okta-users-to-entity-store.json', ...ALL.map(({ file }) => file)];
		expect(readdirSync(join(ROOT, 'examples')).sort()).toEqual(expected.sort());
	});

	describe.each(ALL.map((example) => [example.file, example.workflow] as const))(
		'%s',
		(_, { nodes, pinData, connections }) => {
			it('says in a note what it does and what to fill in', () => {
				const [note] = nodes.filter(({ type }) => type === 'n8n-nodes-base.stickyNote');
				const { content } = note?.parameters as { content: string };
				expect(content).toMatch(/\*\*To try it:\*\*/);
				expect(content).toMatch(/\*\*To use it\*\*/);
				const names = nodes.map(({ name }) => name);
				for (const [, bold = ''] of content.matchAll(/^\d\. \*\*(.+?)\*\*/gm)) {
					expect(names).toContain(bold);
				}
			});

			it('runs without an account: what calls out is pinned', () => {
				const callOut = nodes.filter(({ type }) =>
					/\.(okta|microsoftEntra|httpRequest|slack|webhook)$/.test(type),
				);
				expect(callOut.length).toBeGreaterThan(0);
				for (const { name } of callOut) expect(pinData[name]?.length).toBeGreaterThan(0);
				expect(nodes.filter(({ credentials }) => credentials !== undefined)).toEqual([]);
			});

			it('leads the failures of every node that writes to the team', () => {
				const behind = (name: string, output: number): string[] =>
					((connections as Connections)[name]?.main[output] ?? []).map((target) => target.node);
				for (const { name, onError } of ours(nodes)) {
					expect(onError).toBe('continueErrorOutput');
					const trail = [...behind(name, 1)];
					for (const next of trail) trail.push(...behind(next, 0));
					expect(trail.slice(-3)).toEqual(Object.values(FAILURES));
				}
			});

			it('maps fields that every Kibana knows, and forces where it writes protected ones', () => {
				const writing = ours(nodes).filter(
					({ parameters }) => (parameters as { resource: string }).resource === 'entity',
				);
				for (const { parameters } of writing) {
					const { entityType, force, ...others } = parameters as Parameters;
					const types = entityType === 'mixed' ? ENTITY_TYPES : [entityType];
					const fields = others[`${entityType}Fields`];
					expect(Object.keys(others).filter((name) => name.endsWith('Fields'))).toHaveLength(1);
					for (const path of Object.keys(fields?.value ?? {})) {
						for (const generation of GENERATION_NAMES) {
							const known = types.flatMap(
								(type) => FIELDS_OF[generation][type].byPath.get(path) ?? [],
							);
							expect([path, generation, known.length > 0]).toEqual([path, generation, true]);
						}
						expect(fields?.schema.map(({ id }) => id)).toContain(path);
					}
					expect(force).toBe(true);
				}
			});
		},
	);
});
