import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
	ENTITY_TYPES,
	FIELDS_OF,
	GENERATION_NAMES,
	type EntityType,
} from '../../nodes/KibanaEntityStore/entity/fields';
import { EXAMPLES, fileOf, LIFECYCLE_EXAMPLES, TRIGGER_EXAMPLES } from '.';
import { FAILURES, type WorkflowNode } from './workflow';

const ALL = [...EXAMPLES, ...LIFECYCLE_EXAMPLES, ...TRIGGER_EXAMPLES];

const ROOT = join(__dirname, '../..');

const ours = (nodes: readonly WorkflowNode[]) =>
	nodes.filter(({ type }) => type.endsWith('.kibanaEntityStore'));

type Connections = Record<string, { main: Array<Array<{ node: string }>> }>;

interface Parameters {
	readonly entityType: EntityType | 'mixed';
	readonly force: boolean;
	readonly options: { readonly dryRun?: boolean };
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
					/\.(okta|microsoftEntra|httpRequest|jira|slack|webhook|kibanaEntityStoreTrigger)$/.test(
						type,
					),
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
					expect(trail.slice(-4)).toEqual(Object.values(FAILURES));
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
					expect(others.options.dryRun).toBe(true);
				}
			});
		},
	);
});

describe('the message about failures', () => {
	const code = (): string => {
		const [gather] = EXAMPLES.flatMap(({ workflow }) => workflow.nodes).filter(
			({ name }) => name === FAILURES.gather,
		);
		return (gather?.parameters as { jsCode: string }).jsCode;
	};

	/** Runs the code of the node as n8n does, with what it can reach there. */
	const messageOf = (failed: readonly object[], written: number) => {
		const run = new Function('$input', '$', code()) as (
			input: object,
			node: (name: string) => object,
		) => Array<{ json: { text: string; written: number } }>;
		const input = { all: () => failed.map((json) => ({ json })) };
		return run(input, () => ({ isExecuted: true, all: () => new Array(written).fill({}) }))[0]
			?.json;
	};

	it('counts the reasons and lists the first ten, however many there are', () => {
		const failed = Array.from({ length: 5_000 }, (_, index) => ({
			profile: { login: `user-${index}` },
			error: 'Kibana could not be reached (ECONNREFUSED)',
			message: 'Check that Kibana runs',
			details: { reason: index === 0 ? 'invalidRecord' : 'unreachable' },
		}));
		const lines = messageOf(failed, 0)?.text.split('\n') ?? [];
		expect(lines).toHaveLength(15);
		expect(lines.slice(0, 5)).toEqual([
			'5000 of 5000 entities could not be written to Kibana:',
			'1 × invalidRecord',
			'4999 × unreachable',
			'',
			'user-0: Kibana could not be reached (ECONNREFUSED). Check that Kibana runs',
		]);
		expect(lines.at(-1)).toBe('… and 4990 more');
	});

	it('knows how many were written, so that the execution fails where none was', () => {
		const failed = [{ error: 'x', details: { reason: 'refused', entityId: 'user:jane' } }];
		expect(messageOf(failed, 3)).toMatchObject({ written: 3 });
		expect(messageOf(failed, 3)?.text).toMatch(/^1 of 4 entities[^]*user:jane: x$/);
		expect(messageOf(failed, 0)).toMatchObject({ written: 0 });
	});
});
