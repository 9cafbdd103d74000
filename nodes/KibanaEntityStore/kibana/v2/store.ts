/** The entity store of Kibana 9.4 and later: installing, running and changing it (docs/kibana-api.md#lifecycle). */
import { z } from 'zod';

import type { EntityType } from '../../entity/fields';
import type { Wording } from '../failures';
import type { Problem } from '../http/answer';
import { ask, type Question } from '../reply';
import { createStatus, type Settings, type StoreApi, type StoreSettings } from '../store';
import { BASE } from './paths';

const doneSchema = z.object({ ok: z.literal(true) }).passthrough();

/** `failed` holds texts or objects: the form of its entries is not published. */
const renewedSchema = z.object({ failed: z.array(z.unknown()).default([]) }).passthrough();

const isEmpty = (settings: Settings): boolean => Object.keys(settings).length === 0;

const typesBody = (types: readonly EntityType[]): object =>
	types.length === 0 ? {} : { entityTypes: types };

/** Of a route that not all versions have. */
const missingBefore =
	(text: string, hint: string) =>
	({ kind }: Problem): Wording | undefined =>
		kind === 'missingRoute' ? { text, hint } : undefined;

const done = (
	method: 'POST' | 'PUT',
	path: string,
	body?: object,
	wording?: Question<typeof doneSchema>['wording'],
): Question<typeof doneSchema> => ({
	method,
	path: `${BASE}${path}`,
	...(body && { body }),
	answer: doneSchema,
	...(wording && { wording }),
});

const SNAPSHOTS_SINCE = missingBefore(
	'This Kibana cannot turn history snapshots on and off',
	'Kibana 9.6 is the first that can',
);

const RENEWAL_SINCE = missingBefore(
	'This Kibana cannot renew the API key of the entity store',
	'Serverless can, and some versions after Kibana 9.5',
);

/** Earlier versions ask for `logExtraction`, and would drop these settings without a word beside it. */
const laterSettings = ({ status }: Problem): Wording | undefined =>
	status === 400
		? {
				text: 'This Kibana refused the history snapshot settings or the excluded user names',
				hint: 'Kibana 9.6 is the first that can change them. Before, only log extraction can be changed',
			}
		: undefined;

const laterOf = ({ historySnapshot, excludedUserNames }: StoreSettings): object => ({
	...(!isEmpty(historySnapshot) && { historySnapshot }),
	...(excludedUserNames && { excludedUserNames }),
});

export const store: StoreApi = {
	status: createStatus(BASE),
	install: async (client, now, types, { logExtraction, historySnapshot }) => {
		const body = {
			...typesBody(types),
			...(!isEmpty(logExtraction) && { logExtraction }),
			...(!isEmpty(historySnapshot) && { historySnapshot }),
		};
		return await ask(client, done('POST', '/install', body), now);
	},
	start: async (client, now, types) =>
		await ask(client, done('PUT', '/start', typesBody(types)), now),
	stop: async (client, now, types) =>
		await ask(client, done('PUT', '/stop', typesBody(types)), now),
	uninstall: async (client, now, types) =>
		await ask(client, done('POST', '/uninstall', typesBody(types)), now),
	configure: async (client, now, settings) => {
		const later = laterOf(settings);
		const { logExtraction } = settings;
		// First what some versions refuse, so that nothing is changed where not everything can be.
		const changes = [
			...(isEmpty(later as Settings) ? [] : [done('PUT', '', later, laterSettings)]),
			...(isEmpty(logExtraction) ? [] : [done('PUT', '', { logExtraction })]),
		];
		for (const change of changes) {
			const reply = await ask(client, change, now);
			if ('failure' in reply) return reply;
		}
		return { value: {} };
	},
	renewApiKey: async (client, now) => {
		const question = {
			method: 'POST' as const,
			path: `${BASE}/update_api_key` as const,
			body: {},
			answer: renewedSchema,
			wording: RENEWAL_SINCE,
		};
		const reply = await ask(client, question, now);
		if ('failure' in reply) return reply;
		return {
			value: reply.value.failed.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))),
		};
	},
	enableSnapshots: async (client, now) =>
		await ask(client, done('PUT', '/history_snapshot/enable', undefined, SNAPSHOTS_SINCE), now),
	disableSnapshots: async (client, now, clear) => {
		const body = { clearHistorySnapshots: clear };
		const question = done('PUT', '/history_snapshot/disable', body, SNAPSHOTS_SINCE);
		return await ask(client, question, now);
	},
};
