/** Reading back what was written. */
import type { Outcome, Outcomes, StoredStatus } from '../../../bulk/outcomes';
import {
	pollUntilFound,
	type Finding,
	type Lookup,
	type LookupGroup,
	type PollReport,
} from '../../../bulk/poll';
import type { BulkRecord } from '../../../bulk/record';
import { expectations } from '../../../entity/expectations';
import { listedFields, messageOf, type Failure } from '../../../failure';
import { lookUp, MAX_TERM_BYTES, MAX_TERMS } from '../../../kibana/lookUp';
import { formatCount } from '../../../n8n/items';
import type { Run } from './send';

/** The records that were written to one space. */
export interface SpaceRecords {
	readonly space: string;
	/** In item order. */
	readonly records: readonly BulkRecord[];
}

export interface Verification {
	/** The outcomes given, with those of the records that were not found turned into failures. */
	readonly outcomes: Outcomes;
	/** How many records were to be verified, how many of them were, and the requests that it took. */
	readonly claimed: number;
	readonly verified: number;
	readonly requests: number;
}

const succeeded = (outcome: Outcome | undefined): boolean =>
	outcome !== undefined && !('failure' in outcome);

const mayBeStored = (outcome: Outcome | undefined): boolean =>
	outcome !== undefined && 'failure' in outcome && outcome.failure.mayBeStored === true;

const groupBy = <Value, Key>(
	values: readonly Value[],
	keyOf: (value: Value) => Key,
): ReadonlyMap<Key, Value[]> => {
	const groups = new Map<Key, Value[]>();
	for (const value of values) {
		const group = groups.get(keyOf(value));
		if (group) group.push(value);
		else groups.set(keyOf(value), [value]);
	}
	return groups;
};

/** Returns what to look for of one entity, or undefined when none of its records counts as written. */
const toLookup = (
	records: readonly BulkRecord[],
	group: string,
	{ outcomes }: Outcomes,
	{ generation: { list, comparison } }: Run,
): Lookup<unknown> | undefined => {
	const isCertain = ({ index }: BulkRecord) => succeeded(outcomes[index]);
	const written = records.filter(
		(record) => isCertain(record) || mayBeStored(outcomes[record.index]),
	);
	const certain = written.filter(isCertain);
	const [first] = certain;
	if (first === undefined) return undefined;
	return {
		key: first.key,
		indexes: certain.map(({ index }) => index),
		// Read out of the records anew each time: kept for all of them it would take a lot of memory.
		mismatches: (document) => {
			const sent = written.map((record) => ({
				leaves: comparison.expected(record, outcomes[record.index]?.status === 'created'),
				isCertain: isCertain(record),
			}));
			const stored = comparison.leavesIn(document, group);
			return expectations(sent, comparison.longestList).map((mismatchesIn) => mismatchesIn(stored));
		},
		bytes: list.term(first).length + list.separator.length,
	};
};

const toGroups = (
	{ space, records }: SpaceRecords,
	outcomes: Outcomes,
	run: Run,
): Array<LookupGroup<unknown>> => {
	const { session, generation } = run;
	const { list } = generation;
	const client = session.clientOf(space);
	return [...groupBy(records, list.groupOf)].map(([group, ofGroup]) => {
		const byKey = groupBy(ofGroup, ({ key }) => key);
		const lookups = [...byKey.values()].flatMap(
			(ofEntity) => toLookup(ofEntity, group, outcomes, run) ?? [],
		);
		const termOf = (key: string) => list.term((byKey.get(key) as BulkRecord[])[0] as BulkRecord);
		return {
			lookups,
			ask: async (keys) => await lookUp(client, list, group, keys.map(termOf), session.now),
		};
	});
};

const LOOK_AGAIN =
	'Look in Kibana whether the entity is there, or run the item again: writing an entity twice does no harm';
const REFUSED_OR_LATE =
	'Elasticsearch may have refused it, for which the logs of Kibana and Elasticsearch give the reason, or the entity store may be slow or stopped: then raise "Verify Timeout" in the options. Writing the item again does no harm';
const OVERWRITTEN_OR_LATE =
	'Elasticsearch may have refused the record, the entity store may be slow, or newer data about the entity may have replaced the values';

const FIELDS_LISTED = 10;

const listFields = (paths: readonly string[]): string => {
	const more = paths.length - FIELDS_LISTED;
	return `${listedFields(paths).slice(0, FIELDS_LISTED).join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
};

/** Returns why a record that Kibana took does not count as stored. Whether it is stored remains open. */
const unverified = (
	finding: Exclude<Finding, { kind: 'found' }>,
	status: StoredStatus,
	timeoutMs: number,
): Failure => {
	const summary = `Kibana ${status === 'unchanged' ? 'did not change' : status} the entity`;
	const soon = `within ${formatCount(timeoutMs / 1000)} seconds`;
	const open = { reason: 'notVerified', mayBeStored: true } as const;
	switch (finding.kind) {
		case 'missing': {
			const message = `${summary}, but it was not found in the entity store ${soon}`;
			return { ...open, message, hint: REFUSED_OR_LATE };
		}
		case 'differs': {
			const message = `${summary}, but these fields did not have the values sent ${soon}: ${listFields(finding.paths)}`;
			return { ...open, message, hint: OVERWRITTEN_OR_LATE, fields: listedFields(finding.paths) };
		}
		case 'unknown': {
			const { message, hint = LOOK_AGAIN, httpStatus, serverMessage, fix } = finding.failure;
			const reported = `${summary}, but it could not be read back: ${message}`;
			return { ...open, message: reported, hint, httpStatus, serverMessage, ...(fix && { fix }) };
		}
		case 'cancelled': {
			const message = `${summary}; the execution was cancelled before it was read back`;
			return { ...open, reason: 'cancelled', message };
		}
	}
};

const afterFinding = (
	status: StoredStatus,
	finding: Finding | undefined,
	timeoutMs: number,
): Outcome => {
	if (finding === undefined) return { status };
	if (finding.kind === 'found') return { status: status === 'accepted' ? 'stored' : status };
	return { status: 'failed', failure: unverified(finding, status, timeoutMs) };
};

/** Looks for what was written. When anything throws, nothing is known of any record that was. */
const poll = async (
	run: Run,
	spaces: readonly SpaceRecords[],
	outcomes: Outcomes,
	timeoutMs: number,
): Promise<PollReport> => {
	const { session } = run;
	try {
		return await pollUntilFound(
			spaces.flatMap((space) => toGroups(space, outcomes, run)),
			{
				...session.patience,
				now: session.now,
				timeoutMs,
				limits: { maxItems: MAX_TERMS, maxBytes: MAX_TERM_BYTES },
			},
		);
	} catch (error) {
		const message = `the node failed: ${messageOf(error)}`;
		const unknown: Finding = { kind: 'unknown', failure: { reason: 'unexpectedAnswer', message } };
		const written = spaces
			.flatMap(({ records }) => records)
			.filter(({ index }) => succeeded(outcomes.outcomes[index]));
		return { findings: new Map(written.map(({ index }) => [index, unknown])), requests: 0 };
	}
};

/**
 * Reads back what Kibana took, space by space, and turns into failures what is not stored with the values
 * that were sent. `accepted` becomes `stored` where everything is.
 *
 * @param outcomes what sending has reported
 */
export const verifyWritten = async (
	run: Run,
	spaces: readonly SpaceRecords[],
	outcomes: Outcomes,
): Promise<Verification> => {
	const { session, options, deadline } = run;
	// Where the run has no time left it looks once.
	const timeoutMs = Math.min(options.verifyTimeout, Math.max(deadline - session.now(), 0));
	const { findings, requests } = await poll(run, spaces, outcomes, timeoutMs);
	const verified = [...findings.values()].filter(({ kind }) => kind === 'found').length;
	const settled = outcomes.outcomes.map((outcome, index) =>
		outcome === undefined || 'failure' in outcome
			? outcome
			: afterFinding(outcome.status, findings.get(index), timeoutMs),
	);
	return {
		outcomes: { ...outcomes, outcomes: settled },
		claimed: findings.size,
		verified,
		requests,
	};
};
