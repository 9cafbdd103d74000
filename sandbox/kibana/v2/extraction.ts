/** Log extraction: Kibana makes entities of what it reads in logs (docs/kibana-api.md#log-extraction). */
import { ENTITY_TYPES, type EntityType } from '../definitions';
import { durationOf, LOG_EXTRACTION_DEFAULTS } from './configuration';
import { isObject, valuesAt, type EntityDocument } from './documents';
import { deriveEuid } from './euid';
import type { IndexedEntity, LatestIndex } from './latestIndex';
import type { Lifecycle } from './lifecycle';

export interface LogExtractor {
	/**
	 * Runs the extraction of a space once, for all engines that are started.
	 *
	 * @param logs all documents of the logs, always the same objects
	 * @param now epoch milliseconds
	 * @returns how many documents were read
	 */
	run(logs: readonly EntityDocument[], space: string, now: number): number;
	clear(): void;
}

/** Where the next run of a space begins. */
interface Position {
	/** Epoch milliseconds. Documents with an earlier time are never read. */
	readonly from: number;
	/** What was read of the time since then. */
	readonly read: ReadonlySet<EntityDocument>;
}

const timeOf = (log: EntityDocument): number => Date.parse(String(log['@timestamp']));

/** Fields that collect values. The newest value replaces the others. */
const LISTS: Readonly<Record<EntityType, readonly string[]>> = {
	user: ['domain', 'email', 'full_name', 'hash', 'id', 'roles'],
	host: ['architecture', 'domain', 'hostname', 'id', 'ip', 'mac', 'type'],
	service: [],
	generic: [],
};

const union = (before: readonly unknown[], after: readonly unknown[], most: number): unknown[] =>
	[...new Set([...after, ...before])].slice(0, most);

/** Returns what a document of the logs changes in its entity. */
const changeOf = (
	type: EntityType,
	id: string,
	log: EntityDocument,
	stored: EntityDocument,
	historyLength: number,
): EntityDocument => {
	const lists = LISTS[type].flatMap((key) => {
		const found = valuesAt(log, `${type}.${key}`);
		if (found.length === 0) return [];
		return [[key, union(valuesAt(stored, `${type}.${key}`), found, historyLength)] as const];
	});
	const [name] = valuesAt(log, `${type}.name`);
	const [firstSeen = log['@timestamp']] = valuesAt(stored, 'entity.lifecycle.first_seen');
	const modules = valuesAt(log, 'event.module');
	return {
		...(type !== 'generic' && {
			[type]: { ...Object.fromEntries(lists), ...(name !== undefined && { name }) },
		}),
		entity: {
			id,
			name: name ?? id,
			...(modules.length > 0 && {
				source: union(valuesAt(stored, 'entity.source'), modules, historyLength),
			}),
			lifecycle: { first_seen: firstSeen, last_seen: log['@timestamp'] },
		},
	};
};

export const createLogExtractor = (index: LatestIndex, lifecycle: Lifecycle): LogExtractor => {
	const positions = new Map<string, Position>();

	const store = (type: EntityType, log: EntityDocument, space: string, most: number): void => {
		const id = deriveEuid(type, log);
		if (id === undefined) return;
		const known: IndexedEntity | undefined = index.find(space, id);
		const change = changeOf(type, id, log, known?.document ?? {}, most);
		if (known === undefined) index.seed(type, change, space);
		else index.change(known, change, true);
	};

	return {
		run: (logs, space, now) => {
			const engines = lifecycle.engines(space);
			const types = ENTITY_TYPES.filter((type) => engines.get(type) === 'started');
			if (types.length === 0) return 0;
			const settings = {
				...LOG_EXTRACTION_DEFAULTS,
				...lifecycle.configuration(space).logExtraction,
			};
			const { maxLogsPerWindow = 100_000, fieldHistoryLength = 10 } = settings;
			const until = now - (durationOf(settings.delay ?? '') ?? 0);
			const { from, read } = positions.get(space) ?? {
				from: now - (durationOf(settings.lookbackPeriod ?? '') ?? 0),
				read: new Set<EntityDocument>(),
			};
			const due = logs
				.filter((log) => isObject(log) && timeOf(log) >= from && timeOf(log) <= until)
				.filter((log) => !read.has(log))
				.sort((one, other) => timeOf(one) - timeOf(other));
			const taken = due.slice(0, maxLogsPerWindow);
			for (const log of taken) {
				for (const type of types) store(type, log, space, fieldHistoryLength);
			}
			const isDeferred =
				due.length > taken.length && settings.maxLogsPerWindowCapBehavior === 'defer';
			positions.set(space, {
				from: isDeferred ? from : until,
				// Documents of the last millisecond would be read again.
				read: new Set([...read, ...(isDeferred ? taken : due)]),
			});
			return taken.length;
		},
		clear: () => positions.clear(),
	};
};
