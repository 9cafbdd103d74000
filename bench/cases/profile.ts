/** Measures the time of each part of a run with V8's sampling profiler. */
import type { INodeType } from 'n8n-workflow';
import { Session, type Profiler } from 'node:inspector/promises';

import type { Job, Report } from './job';

type Parts = NonNullable<Report['profile']>;

const SAMPLE_MICROSECONDS = 500;

const GARBAGE = 'garbage collection';
const WAITING = 'waiting for the server';
const SERIALISING = 'JSON.stringify';
const NODE_JS = 'Node.js: sockets, buffers';

/** Parts of the program by file. The first match counts. */
const PARTS: ReadonlyArray<readonly [pattern: RegExp, part: string]> = [
	[/KibanaEntityStore\/entity\//, 'records: coercion, checks, identity'],
	[/KibanaEntityStore\/(n8n\/\w*(xpression|valuation|Values)|actions\/entity\/mapping)/, 'mapping'],
	[/KibanaEntityStore\//, 'chunks, delivery, outcomes, output items'],
	[/node_modules\//, "n8n's engine and HTTP helper"],
	[/bench\/cases\/plain/, SERIALISING],
	[/^node:/, NODE_JS],
];
const OTHERS = 'the rest';

const PSEUDO: Readonly<Record<string, string>> = {
	'(garbage collector)': GARBAGE,
	'(idle)': WAITING,
	'(program)': NODE_JS,
};

/** @param caller the part of the caller: code of V8 itself has no file, and counts for its caller */
const partOf = (
	{ functionName, url }: Profiler.ProfileNode['callFrame'],
	caller: string,
): string => {
	if (Object.hasOwn(PSEUDO, functionName)) return PSEUDO[functionName] as string;
	if (url === '') return caller;
	// This function is only one call of JSON.stringify.
	if (functionName === 'toRow') return SERIALISING;
	return PARTS.find(([pattern]) => pattern.test(url))?.[1] ?? OTHERS;
};

const sumUp = ({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Parts => {
	const byId = new Map(nodes.map((node) => [node.id, node]));
	const partById = new Map<number, string>();
	const visit = (id: number, caller: string): void => {
		const { callFrame, children = [] } = byId.get(id) as Profiler.ProfileNode;
		const part = partOf(callFrame, caller);
		partById.set(id, part);
		for (const child of children) visit(child, part);
	};
	visit((nodes[0] as Profiler.ProfileNode).id, OTHERS);

	const parts: Record<string, number> = {};
	for (const [at, id] of samples.entries()) {
		// The time of the profiler itself.
		if (byId.get(id)?.callFrame.url === 'node:inspector') continue;
		const part = partById.get(id) ?? OTHERS;
		parts[part] = (parts[part] ?? 0) + (timeDeltas[at] ?? 0) / 1000;
	}
	return parts;
};

/**
 * Profiles the next run of a node, from its start until `end` is called, if the job requests it.
 *
 * @returns undefined if the job does not request it
 */
export const profile = (
	node: INodeType,
	job: Job,
): { readonly end: () => Promise<Parts> } | undefined => {
	if (!job.profile) return undefined;
	const session = new Session();
	session.connect();
	const { execute } = node;
	node.execute = async function () {
		await session.post('Profiler.enable');
		await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
		await session.post('Profiler.start');
		return (await execute?.call(this)) ?? null;
	};
	return {
		end: async () => {
			const { profile: samples } = await session.post('Profiler.stop');
			session.disconnect();
			return sumUp(samples);
		},
	};
};
