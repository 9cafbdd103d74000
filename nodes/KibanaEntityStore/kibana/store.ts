/** What can be done with the entity store of a space, whichever the generation. */
import { z } from 'zod';

import type { EntityType } from '../entity/fields';
import type { KibanaClient } from './http/client';
import { ask, type Reply } from './reply';

/** How many milliseconds since 1970 it is. */
type Clock = () => number;

/** Engines of an entity store, one for each entity type, as Kibana reports them. */
export interface Engine {
	readonly type: string;
	/** `started`, `stopped`, `installing`, `error` and others. */
	readonly status: string;
}

export interface StoreStatus {
	/** `not_installed`, `installing`, `running`, `stopped` or `error`. */
	readonly status: string;
	readonly engines: readonly Engine[];
}

/** Settings by their names in Kibana, such as `lookbackPeriod`. */
export type Settings = Readonly<Record<string, unknown>>;

/** How a store is to be set up. */
export interface StoreSettings {
	readonly logExtraction: Settings;
	readonly historySnapshot: Settings;
	readonly excludedUserNames?: readonly string[];
}

/** How a generation installs and runs its entity store. Every function sends one request, or a few. */
export interface StoreApi {
	readonly status: (
		client: KibanaClient,
		now: Clock,
		withComponents?: boolean,
	) => Promise<Reply<StoreStatus>>;
	/** Installs what is missing. No type stands for all. */
	readonly install: (
		client: KibanaClient,
		now: Clock,
		types: readonly EntityType[],
		settings: StoreSettings,
	) => Promise<Reply<object>>;
	/** @param types none stands for those that are installed */
	readonly start: (
		client: KibanaClient,
		now: Clock,
		types: readonly EntityType[],
	) => Promise<Reply<object>>;
	/** @param types none stands for those that are installed */
	readonly stop: (
		client: KibanaClient,
		now: Clock,
		types: readonly EntityType[],
	) => Promise<Reply<object>>;
	/**
	 * Removes engines, which may go on after the answer.
	 *
	 * @param types none stands for those that are installed
	 * @param withData whether entities are to go as well, where that is a choice
	 */
	readonly uninstall: (
		client: KibanaClient,
		now: Clock,
		types: readonly EntityType[],
		withData: boolean,
	) => Promise<Reply<object>>;
	/** Changes settings; those that are not given stay. */
	readonly configure: (
		client: KibanaClient,
		now: Clock,
		settings: StoreSettings,
	) => Promise<Reply<object>>;
	/** Gives the background tasks a new API key, and returns the tasks that kept their old one. */
	readonly renewApiKey: (client: KibanaClient, now: Clock) => Promise<Reply<readonly string[]>>;
	readonly enableSnapshots: (client: KibanaClient, now: Clock) => Promise<Reply<object>>;
	/** @param clear whether to delete the snapshots that there are */
	readonly disableSnapshots: (
		client: KibanaClient,
		now: Clock,
		clear: boolean,
	) => Promise<Reply<object>>;
}

const statusSchema = z.object({
	status: z.string(),
	engines: z.array(z.object({ type: z.string(), status: z.string() }).passthrough()),
});

/** Returns how to ask for the status. Both generations answer alike. */
export const createStatus =
	(base: `/${string}`): StoreApi['status'] =>
	async (client, now, withComponents = false) =>
		await ask(
			client,
			{
				method: 'GET',
				path: `${base}/status${withComponents ? '?include_components=true' : ''}`,
				answer: statusSchema,
			},
			now,
		);
