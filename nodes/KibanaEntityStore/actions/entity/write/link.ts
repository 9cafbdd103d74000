/** Linking the users that a sync keeps with those that Kibana has found in logs. */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { cutIntoPages } from '../../../bulk/pages';
import type { BulkRecord } from '../../../bulk/record';
import { askUntilFinal } from '../../../bulk/retry';
import { sendByStrategies } from '../../../bulk/strategies';
import { readLeaves } from '../../../entity/leaves';
import type { Failure, FailureReason } from '../../../failure';
import type { Listing } from '../../../kibana/generation';
import type { ResolutionApi } from '../../../kibana/resolution';
import { lookUp, MAX_TERM_BYTES } from '../../../kibana/lookUp';
import type { ItemResult } from '../../../n8n/items';
import { addHint } from '../../../n8n/hint';
import type { Run } from './send';
import type { SpaceItems } from './spaces';

/** A user of the sync, and the one that Kibana may have found. */
interface Pair {
	readonly indexes: number[];
	readonly alias: string;
	readonly target: string;
}

/** Two terms each, within what one request may ask for (`kibana/lookUp`). */
const LIMITS = { maxItems: 50, maxBytes: MAX_TERM_BYTES };

/** The terms that ask for both users of a pair. */
const termsOf = ({ alias, target }: Pair, { term }: Listing): string[] =>
	[alias, target].map((id) => term({ type: 'user', id }));

const bytesOf = (pair: Pair, list: Listing): number =>
	termsOf(pair, list).reduce((sum, term) => sum + term.length + list.separator.length, 0);
const OF_SYNC = /^(user:.+)@unknown$/s;
const RESOLVED_TO = 'entity.relationships.resolution.resolved_to';

/** What is added to the items of a pair. */
type Note = { readonly linkedTo: string } | { readonly linkWarning: string };

const pairsOf = (
	{ indexes }: SpaceItems,
	results: readonly ItemResult[],
	provider: string,
): Pair[] => {
	const pairs = new Map<string, Pair>();
	for (const index of indexes()) {
		const result = results[index];
		const output = result && 'outputs' in result ? result.outputs[0] : undefined;
		const alias = String(output?.entityId ?? '');
		const name = OF_SYNC.exec(alias)?.[1];
		if (name === undefined) continue;
		const pair = pairs.get(alias) ?? { indexes: [], alias, target: `${name}@${provider}` };
		pair.indexes.push(index);
		pairs.set(alias, pair);
	}
	return [...pairs.values()];
};

const note = (pair: Pair, added: Note, results: ItemResult[]): void => {
	for (const index of pair.indexes) {
		const result = results[index];
		if (result === undefined || !('outputs' in result)) continue;
		const outputs = result.outputs.map((output): IDataObject => ({ ...output, ...added }));
		results[index] = { outputs };
	}
};

/** These have nothing to do with the pair, so every other link would be refused as well. */
const FOR_ALL: ReadonlySet<FailureReason> = new Set([
	'forbidden',
	'notInstalled',
	'routeMissing',
	'unauthorized',
]);

/** Links one pair, and returns why it was not linked, if it was not. */
const linkPair = async (
	{ alias, target }: Pair,
	{ session, options }: Run,
	space: string,
	resolution: ResolutionApi,
): Promise<Failure | undefined> => {
	const json = JSON.stringify(alias);
	const bytes = Buffer.byteLength(json);
	const record: BulkRecord = {
		...{ index: 0, key: alias, type: 'user', id: alias },
		...{ json, bytes, isSelfNamed: false },
	};
	const { post } = resolution.link(session.clientOf(space), session.now, target);
	const { outcomes } = await sendByStrategies(
		[record],
		[
			{
				...session.patience,
				now: session.now,
				limits: {
					maxRecords: 1,
					maxBytes: options.maxChunkBytes,
					envelopeBytes: resolution.envelopeBytes(target),
				},
				concurrency: 1,
				tooLarge: () => ({ reason: 'tooLarge', message: 'The entity ID is too long' }),
				post,
			},
		],
	);
	const [outcome] = outcomes.outcomes;
	return outcome !== undefined && 'failure' in outcome ? outcome.failure : undefined;
};

/** Requests that link, at the same time. */
const CONCURRENCY = 8;

/** What the pairs of one space share. */
interface Linking {
	readonly run: Run;
	readonly space: string;
	readonly resolution: ResolutionApi;
	readonly results: ItemResult[];
	/** Why nothing can be linked, once a refusal has told so. */
	refusal?: Failure;
}

/** Links those of some pairs that both exist, a few at a time. */
const linkSome = async (pairs: readonly Pair[], linking: Linking): Promise<void> => {
	const { run, space, resolution, results } = linking;
	const { session, generation } = run;
	const { list } = generation;
	const group = list.groupOf({ type: 'user', id: '' });
	const terms = pairs.flatMap((pair) => termsOf(pair, list));
	const found = await askUntilFinal(
		async () => await lookUp(session.clientOf(space), list, group, terms, session.now),
		(answer) => (answer.kind === 'transient' ? answer : undefined),
		session.patience,
	);
	if (found.kind !== 'listed') {
		const linkWarning = `The user was not linked: ${found.failure.message}`;
		for (const pair of pairs) note(pair, { linkWarning }, results);
		return;
	}
	const { documents } = found;
	const both = pairs.filter(({ alias, target }) => documents.has(alias) && documents.has(target));
	const open = both.values();
	const worker = async () => {
		for (const pair of open) {
			if (session.patience.isCancelled()) return;
			const current = readLeaves(documents.get(pair.alias)).get(RESOLVED_TO);
			const isLinked = [current].flat().includes(pair.target);
			const failure = isLinked
				? undefined
				: (linking.refusal ?? (await linkPair(pair, run, space, resolution)));
			if (failure && FOR_ALL.has(failure.reason)) linking.refusal ??= failure;
			const added = failure ? { linkWarning: failure.message } : { linkedTo: pair.target };
			note(pair, added, results);
		}
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, worker));
};

/**
 * Links the users that were written with those of the identity provider that the options name, where both
 * exist. A refusal is a warning on the item: the user itself was written.
 *
 * @returns the results, with `linkedTo` or `linkWarning` on the items of such users
 */
export const linkWritten = async (
	context: IExecuteFunctions,
	run: Run,
	spaces: readonly SpaceItems[],
	results: ItemResult[],
): Promise<ItemResult[]> => {
	const { generation, options } = run;
	const { linkToProvider } = options;
	if (linkToProvider === 'none') return results;
	const linked = [...results];
	const { resolution } = generation;
	if (resolution === undefined) {
		addHint(context, 'No users were linked: Kibana 9.4 is the first that can link entities');
		return linked;
	}
	for (const ofSpace of spaces) {
		const pairs = pairsOf(ofSpace, linked, linkToProvider);
		const linking: Linking = { run, space: ofSpace.space, resolution, results: linked };
		const pages = cutIntoPages(pairs, (pair) => bytesOf(pair, generation.list), LIMITS);
		for (const page of pages) await linkSome(page, linking);
	}
	return linked;
};
