/** What a test, the benchmark or the demo can do with a test Kibana. */
import type { EntityType } from './definitions';
import type { License } from './options';
import type { RecordedRequest } from './recording';
import type { CriticalityRule, ItemRule, LossRule, RowRule } from './rules';
import type { FaultSource, ScriptedAnswer, ScriptedRoute } from './scripts';
import type { EngineState, StoredEntity, Write } from './store';
import type { EntityDocument } from './v2/documents';
import type { EngineStatus } from './v2/lifecycle';

export interface TestKibana {
	/** With the base path. */
	readonly url: string;
	/** The encoded form that Kibana shows. */
	readonly apiKey: string;
	/** Of a valid identity that may do nothing with the entity store. */
	readonly unprivilegedApiKey: string;
	readonly username: string;
	readonly password: string;
	/** All requests, in order of arrival. */
	readonly requests: readonly RecordedRequest[];
	bulkRequests(): readonly RecordedRequest[];
	/** Those that create one entity. */
	createRequests(): readonly RecordedRequest[];
	/** Those for lists of entities, of either generation. */
	listRequests(): readonly RecordedRequest[];
	/**
	 * The newest record of each entity of a space, `default` unless told: of the first generation, then
	 * of the second.
	 */
	entities(type?: EntityType, space?: string): StoredEntity[];
	/** The documents of the second generation as stored, whatever a search finds. */
	documents(space?: string): EntityDocument[];
	/** Every accepted row or document, oldest first; deletions, seeds and Kibana's own changes are none. */
	history(): readonly Write[];
	/** Of the first generation, in every space unless told. */
	setEngine(type: EntityType, state: EngineState, space?: string): void;
	/** Of the second generation; without types that of every engine that is installed. */
	setStoreEngines(status: EngineStatus, types?: readonly EntityType[], space?: string): void;
	/**
	 * Puts an entity into the second generation's store as log extraction would, under its `entity.id` or
	 * the EUID that its fields yield. It counts no writes, and carries the type of its engine.
	 *
	 * @throws when there is neither
	 */
	seed(type: EntityType, document: EntityDocument, space?: string): void;
	/**
	 * Merges into a stored entity of the second generation what a job of Kibana would, such as risk scoring,
	 * and stamps it. It counts no writes.
	 *
	 * @throws when there is no such entity
	 */
	changeInBackground(id: string, document: EntityDocument, space?: string): void;
	/**
	 * Runs the daily history snapshot of a space: every entity gets one `@timestamp` and one
	 * `entity.lifecycle.last_activity`. Returns how many; none where the snapshot is disabled.
	 */
	snapshot(space?: string, time?: string): number;
	/** From now on no search finds what was deleted before. */
	refresh(): void;
	/** How long a search finds what is deleted from now on. */
	setRefreshInterval(ms: number): void;
	setLicense(license: License): void;
	/** Switches the second generation's feature on or off. */
	setFeature(isEnabled: boolean): void;
	/** Queues answers for the next bulk requests; with an empty queue Kibana answers normally. */
	answerNext(...answers: ScriptedAnswer[]): void;
	/** Queues answers for the next requests to a route. */
	answerNextOn(route: ScriptedRoute, ...answers: ScriptedAnswer[]): void;
	/** Sets, or clears, what is asked for each scriptable request that no queued answer is for. */
	setFaults(source?: FaultSource): void;
	/** Is told the client's port of each request that hangs. */
	onHang(listener?: (clientPort: number) => void): void;
	/** From now on nobody is let in with the API key, or with the password. */
	revoke(): void;
	/** From now on the second generation's store is not installed in a space; what it holds stays. */
	uninstall(space?: string): void;
	/** Sets, or clears, the body limit of a proxy in front. */
	limitProxy(bytes?: number): void;
	/** Takes no connection any more, or takes them again, at the same address. */
	goDown(): void;
	comeUp(): Promise<void>;
	/** Sets, or clears, a rule of the test's own by which a row ends the whole request. */
	refuse(rule?: RowRule): void;
	/** Sets, or clears, a rule by which a row of the second generation's bulk update fails alone. */
	failItems(rule?: ItemRule): void;
	/** Sets, or clears, a rule by which a record of asset criticality in bulk fails alone. */
	failCriticality(rule?: CriticalityRule): void;
	/** Works again, without faults, and keeps what it holds; its rules stay. */
	recover(): void;
	/** Sets, or clears, a rule by which a row of the first generation is lost after the 200. */
	loseRows(rule?: LossRule): void;
	/** Lists what the first generation has accepted, however long ago. */
	runTransform(): void;
	/** Forgets requests, records, queued answers, faults, rules and controls, and works again. */
	clear(): void;
	stop(): Promise<void>;
}
