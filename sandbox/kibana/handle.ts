/** The controls of a test Kibana for tests, the benchmark and the demo. */
import type { EntityType } from './definitions';
import type { License } from './options';
import type { RecordedRequest } from './recording';
import type { CriticalityRule, ItemRule, LossRule, RowRule } from './rules';
import type { FaultSource, ScriptedAnswer, ScriptedRoute } from './scripts';
import type { EngineState, StoredEntity, Write } from './store';
import type { EntityDocument } from './v2/documents';
import type { EngineStatus } from './v2/lifecycle';

export interface TestKibana {
	/** The URL with the base path. */
	readonly url: string;
	/** The API key in the encoded form that Kibana shows. */
	readonly apiKey: string;
	/** An API key of a valid identity without privileges for the entity store. */
	readonly unprivilegedApiKey: string;
	readonly username: string;
	readonly password: string;
	/** All requests, in order of arrival. */
	readonly requests: readonly RecordedRequest[];
	bulkRequests(): readonly RecordedRequest[];
	/** The requests that create one entity. */
	createRequests(): readonly RecordedRequest[];
	/** The requests for lists of entities, of both generations. */
	listRequests(): readonly RecordedRequest[];
	/**
	 * Returns the newest record of each entity of a space, `default` by default: of the first generation, then of
	 * the second.
	 */
	entities(type?: EntityType, space?: string): StoredEntity[];
	/** Returns the stored documents of the second generation, also those that a search does not find. */
	documents(space?: string): EntityDocument[];
	/** Returns every accepted row or document, oldest first, without deletions, seeds and Kibana's own changes. */
	history(): readonly Write[];
	/** Sets the state of an engine of the first generation, in every space by default. */
	setEngine(type: EntityType, state: EngineState, space?: string): void;
	/** Sets the state of engines of the second generation; without types, of every installed engine. */
	setStoreEngines(status: EngineStatus, types?: readonly EntityType[], space?: string): void;
	/**
	 * Adds an entity to the store of the second generation as log extraction does, under its `entity.id` or the EUID
	 * of its fields. It is not counted as a write, and has the type of its engine.
	 *
	 * @throws when there is neither
	 */
	seed(type: EntityType, document: EntityDocument, space?: string): void;
	/**
	 * Merges values into a stored entity of the second generation as a job of Kibana does, such as risk scoring,
	 * and sets its `@timestamp`. It is not counted as a write.
	 *
	 * @throws when there is no such entity
	 */
	changeInBackground(id: string, document: EntityDocument, space?: string): void;
	/**
	 * Runs the daily history snapshot of a space: every entity gets the same `@timestamp` and the same
	 * `entity.lifecycle.last_activity`. Returns the number of entities; 0 when the snapshot is disabled.
	 */
	snapshot(space?: string, time?: string): number;
	/**
	 * Runs log extraction once (docs/kibana-api.md#log-extraction): documents of logs become entities, which is not
	 * counted as a write.
	 *
	 * @param logs all documents of the logs, always the same objects
	 * @returns how many of them were read
	 */
	extractLogs(
		logs: readonly EntityDocument[],
		run?: {
			readonly space?: string;
			/** When it runs, in epoch milliseconds. */
			readonly now?: number;
		},
	): number;
	/** Refreshes: searches no longer find entities that were deleted before. */
	refresh(): void;
	/** Sets how long searches find entities that are deleted later. */
	setRefreshInterval(ms: number): void;
	setLicense(license: License): void;
	/** Switches the feature of the second generation on or off. */
	setFeature(isEnabled: boolean): void;
	/** Queues answers for the next bulk requests. With an empty queue Kibana answers normally. */
	answerNext(...answers: ScriptedAnswer[]): void;
	/** Queues answers for the next requests to a route. */
	answerNextOn(route: ScriptedRoute, ...answers: ScriptedAnswer[]): void;
	/** Sets or clears the source of faults for requests without a queued answer. */
	setFaults(source?: FaultSource): void;
	/** Sets a listener for the client's port of each request that hangs. */
	onHang(listener?: (clientPort: number) => void): void;
	/** Revokes the API key and the password. */
	revoke(): void;
	/** Makes the store of the second generation not installed in a space. Its entities stay. */
	uninstall(space?: string): void;
	/** Sets or clears the body limit of a proxy in front. */
	limitProxy(bytes?: number): void;
	/** Stops accepting connections, or accepts them again at the same address. */
	goDown(): void;
	comeUp(): Promise<void>;
	/** Sets or clears a rule by which one row fails the whole request. */
	refuse(rule?: RowRule): void;
	/** Sets or clears a rule by which a row of the bulk update of the second generation fails alone. */
	failItems(rule?: ItemRule): void;
	/** Sets or clears a rule by which a record of a bulk request for asset criticality fails alone. */
	failCriticality(rule?: CriticalityRule): void;
	/** Ends all faults. Stored entities and rules stay. */
	recover(): void;
	/** Sets or clears a rule by which a row of the first generation is lost after the 200. */
	loseRows(rule?: LossRule): void;
	/** Runs the transform: the first generation then lists all accepted rows. */
	runTransform(): void;
	/** Clears requests, records, queued answers, faults, rules and controls. */
	clear(): void;
	stop(): Promise<void>;
}
