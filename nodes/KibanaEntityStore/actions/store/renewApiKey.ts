import type { Failure } from '../../failure';
import { shortened } from '../../failure';
import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { askPatiently, perItem } from '../perItem';
import { requestOptions } from '../requestOptions';

const kept = (tasks: readonly string[]): Failure => ({
	reason: 'refused',
	message: `These background tasks kept their old API key: ${shortened(tasks.join(', '))}`,
	hint: 'Run the item again: tasks that have a new key keep it',
});

export const renewApiKey: Operation = {
	value: 'renewApiKey',
	name: 'Renew API Key',
	action: 'Renew the API key of the store',
	description:
		'Let the background tasks of the entity store work with a new API key of the user of this credential, for example when the user who installed the store has left. Serverless, and some versions after Kibana 9.5.',
	parameters: [space, optionsParameter(requestOptions)],
	execute: perItem(async ({ session, generation, client, space: spaceId }) => {
		const reply = await askPatiently(
			session,
			async () => await generation.store.renewApiKey(client, session.now),
		);
		if ('failure' in reply) return reply;
		return reply.value.length > 0
			? { failure: kept(reply.value) }
			: { outputs: [{ space: spaceId, renewed: true }] };
	}),
};
