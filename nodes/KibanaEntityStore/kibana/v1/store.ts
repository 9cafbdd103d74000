/** The entity store of Kibana 9.2 and 9.3: one engine for each entity type (docs/kibana-api.md#v1-engines). */
import { z } from 'zod';

import { KIBANA_VERSIONS, type EntityType } from '../../entity/fields';
import type { Failure } from '../../failure';
import type { KibanaClient } from '../http/client';
import { ask, type NoReply, type Reply } from '../reply';
import { createStatus, type Engine, type Settings, type StoreApi } from '../store';

const BASE = '/api/entity_store';

const enabledSchema = z.object({ succeeded: z.boolean().optional() }).passthrough();
const switchedSchema = z.object({}).passthrough();

/** What Kibana 9.4 and later call otherwise, or what they have too. */
const SETTINGS: Readonly<Record<string, string>> = {
	additionalIndexPatterns: 'indexPattern',
	delay: 'delay',
	fieldHistoryLength: 'fieldHistoryLength',
	filter: 'filter',
	frequency: 'frequency',
	lookbackPeriod: 'lookbackPeriod',
};

const unknownSettings = (names: readonly string[]): NoReply => ({
	failure: {
		reason: 'invalidSetting',
		message: `${KIBANA_VERSIONS.v1} have no setting ${names.join(', ')}`,
		hint: 'Leave it out, or use Kibana 9.4 or later',
	},
});

const notHere = (message: string, hint: string): NoReply => {
	const failure: Failure = { reason: 'routeMissing', message, hint };
	return { failure };
};

const enableBody = (types: readonly EntityType[], settings: Settings): object => ({
	...(types.length > 0 && { entityTypes: types }),
	...Object.fromEntries(
		Object.entries(settings).map(([name, value]) => [
			SETTINGS[name],
			Array.isArray(value) ? value.join(',') : value,
		]),
	),
});

const status = createStatus(BASE);

/** Engines are switched one by one, and Kibana refuses to start one that runs. */
const switchAll =
	(verb: 'start' | 'stop', isToSwitch: (engine: Engine) => boolean) =>
	async (
		client: KibanaClient,
		now: () => number,
		types: readonly EntityType[],
	): Promise<Reply<object>> => {
		const found = await status(client, now);
		if ('failure' in found) return found;
		const wanted = found.value.engines.filter(
			({ type }) => types.length === 0 || types.some((one) => one === type),
		);
		for (const { type } of wanted.filter(isToSwitch)) {
			const reply = await ask(
				client,
				{
					method: 'POST',
					path: `${BASE}/engines/${type}/${verb}`,
					body: {},
					answer: switchedSchema,
				},
				now,
			);
			if ('failure' in reply) return reply;
		}
		return { value: {} };
	};

const NO_SNAPSHOTS = notHere(
	`${KIBANA_VERSIONS.v1} keep no history snapshots`,
	'Kibana 9.6 is the first that can turn them on and off',
);

export const store: StoreApi = {
	status,
	install: async (client, now, types, { logExtraction, historySnapshot }) => {
		const unknown = [
			...Object.keys(logExtraction).filter((name) => SETTINGS[name] === undefined),
			...Object.keys(historySnapshot).map((name) => `historySnapshot.${name}`),
		];
		if (unknown.length > 0) return unknownSettings(unknown);
		const body = enableBody(types, logExtraction);
		const path = `${BASE}/enable` as const;
		return await ask(client, { method: 'POST', path, body, answer: enabledSchema }, now);
	},
	start: switchAll('start', (engine) => engine.status === 'stopped'),
	stop: switchAll('stop', (engine) => engine.status === 'started'),
	uninstall: async (client, now, types, withData) => {
		const query = [
			...(types.length > 0 ? [`entityTypes=${types.join(',')}`] : []),
			`delete_data=${withData}`,
		];
		const path = `${BASE}/engines?${query.join('&')}` as const;
		return await ask(client, { method: 'DELETE', path, answer: switchedSchema }, now);
	},
	configure: async () =>
		notHere(
			`${KIBANA_VERSIONS.v1} cannot change the settings of an entity store that is installed`,
			'Kibana 9.4 is the first that can. Before, uninstall the store without its data, and install it with other settings',
		),
	renewApiKey: async () =>
		notHere(
			`${KIBANA_VERSIONS.v1} cannot renew the API key of the entity store`,
			'Serverless can, and some versions after Kibana 9.5',
		),
	enableSnapshots: async () => NO_SNAPSHOTS,
	disableSnapshots: async () => NO_SNAPSHOTS,
};
