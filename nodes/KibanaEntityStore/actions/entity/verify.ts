import type {
	BulkRecord,
	Failure,
	LookupResult,
	Outcome,
	Outcomes,
	StoredStatus,
} from '../../bulk/outcome';
import {
	verifyAll,
	type Finding,
	type Lookup,
	type LookupGroup,
	type VerifyOptions,
} from '../../bulk/poll';
import { expectations, type Leaves } from '../../entity/leaves';
import type { KibanaClient } from '../../kibana/http/client';
import { lookUp, MAX_TERM_BYTES, MAX_TERMS, type Listing } from '../../kibana/listing';
import { formatCount } from '../../n8n/items';

/** The records of one space, and the way to it. */
export interface SpaceRecords {
	readonly client: KibanaClient;
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

type Pace = Pick<VerifyOptions, 'timeoutMs' | 'now' | 'sleep' | 'isCancelled'>;

const gotThrough = (outcome: Outcome | undefined): boolean =>
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

/** What is to be found of one entity, or undefined when none of its records is said to be stored. */
const toSought = (
	records: readonly BulkRecord[],
	outcomes: Outcomes,
	{ term, separator, expected, longestList }: Listing,
): Lookup<Leaves> | undefined => {
	const written = records.filter(({ index }) => {
		const outcome = outcomes[index];
		return gotThrough(outcome) || mayBeStored(outcome);
	});
	const isCertain = ({ index }: BulkRecord) => gotThrough(outcomes[index]);
	const certain = written.filter(isCertain);
	const [first] = certain;
	if (first === undefined) return undefined;
	return {
		key: first.key,
		indexes: certain.map(({ index }) => index),
		// Read out of the records anew each time: kept for all of them it would take a lot of memory.
		mismatches: (document) => {
			const sent = written.map((record) => ({
				leaves: expected(record),
				isCertain: isCertain(record),
			}));
			return expectations(sent, longestList).map((lacks) => lacks(document));
		},
		bytes: term(first).length + separator.length,
	};
};

const toGroups = (
	{ client, records }: SpaceRecords,
	outcomes: Outcomes,
	listing: Listing,
	now: () => number,
): Array<LookupGroup<Leaves>> =>
	[...groupBy(records, listing.groupOf)].map(([group, ofGroup]) => {
		const byKey = groupBy(ofGroup, ({ key }) => key);
		const sought = [...byKey.values()].flatMap((ofEntity) => {
			const one = toSought(ofEntity, outcomes, listing);
			return one === undefined ? [] : [one];
		});
		const termOf = (key: string) => listing.term((byKey.get(key) as BulkRecord[])[0] as BulkRecord);
		const look = async (keys: readonly string[]): Promise<LookupResult<Leaves>> =>
			await lookUp(client, listing, group, keys.map(termOf), now);
		return { sought, look };
	});

const LOOK_AGAIN =
	'LookupResult into Kibana whether the entity is there, or run the item again: writing an entity twice does no harm';
const REFUSED_OR_LATE =
	'Elasticsearch may have refused it, for which the logs of Kibana and Elasticsearch give the reason, or the entity store may be slow or stopped: then raise "Verify Timeout" in the options. Writing the item again does no harm';
const OVERWRITTEN_OR_LATE =
	'Elasticsearch may have refused the record, the entity store may be slow, or newer data about the entity may have replaced the values';

const FIELDS_LISTED = 10;

const listFields = (paths: readonly string[]): string => {
	const more = paths.length - FIELDS_LISTED;
	return `${paths.slice(0, FIELDS_LISTED).join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
};

/** Why a record that got through does not count as stored; whether it is stored remains open. */
const toFailure = (
	finding: Exclude<Finding, { kind: 'found' }>,
	status: StoredStatus,
	timeoutMs: number,
): Failure => {
	const said = `Kibana ${status} the entity`;
	const soon = `within ${formatCount(timeoutMs / 1000)} seconds`;
	const open = { reason: 'notVerified', mayBeStored: true } as const;
	switch (finding.kind) {
		case 'missing': {
			const message = `${said}, but it was not found in the entity store ${soon}`;
			return { ...open, message, hint: REFUSED_OR_LATE };
		}
		case 'differs': {
			const message = `${said}, but these fields did not have the values sent ${soon}: ${listFields(finding.paths)}`;
			return { ...open, message, hint: OVERWRITTEN_OR_LATE, fields: finding.paths };
		}
		case 'unseen': {
			const { message, hint = LOOK_AGAIN, httpStatus, serverMessage } = finding.failure;
			const told = `${said}, but it could not be read back: ${message}`;
			return { ...open, message: told, hint, httpStatus, serverMessage };
		}
		case 'cancelled': {
			const message = `${said}; the execution was cancelled before it was read back`;
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
	return { status: 'failed', failure: toFailure(finding, status, timeoutMs) };
};

/**
 * Reads back what got through, space by space, and turns into failures what is not there with the values
 * that were sent. `accepted` becomes `stored` where all is there.
 *
 * @param outcomes what sending has reported, by the index of the record
 */
export const verifyWritten = async (
	spaces: readonly SpaceRecords[],
	outcomes: Outcomes,
	listing: Listing,
	pace: Pace,
): Promise<Verification> => {
	const groups = spaces.flatMap((space) => toGroups(space, outcomes, listing, pace.now));
	const limits = { maxEntities: MAX_TERMS, maxBytes: MAX_TERM_BYTES };
	const { findings, requests } = await verifyAll(groups, { ...pace, limits });
	const verified = [...findings.values()].filter(({ kind }) => kind === 'found').length;
	const settled = outcomes.map((outcome, index) =>
		outcome === undefined || 'failure' in outcome
			? outcome
			: afterFinding(outcome.status, findings.get(index), pace.timeoutMs),
	);
	return { outcomes: settled, claimed: findings.size, verified, requests };
};
