import { anyEntity, readEntity } from '../identification';
import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { createGroups, perBatch, type Prepared } from '../perBatch';
import type { ItemCall } from '../perItem';
import { requestOptions } from '../requestOptions';
import { requireResolution } from './available';

export const unlink: Operation = {
	value: 'unlink',
	name: 'Unlink',
	action: 'Unlink entities from their target',
	description:
		'Take entities out of the group of their target, many in one request. Needs an Enterprise licence.',
	parameters: [space, ...anyEntity, optionsParameter(requestOptions)],
	execute: async (context, session) => {
		const groupOf = createGroups();
		const prepare = async (call: ItemCall): Promise<Prepared> => {
			const { client, space: spaceId, index, generation } = call;
			const available = requireResolution(generation);
			if ('failure' in available) return available;
			const entity = readEntity(call);
			if ('failure' in entity) return entity;
			const { id } = entity;
			const json = JSON.stringify(id);
			const bytes = Buffer.byteLength(json);
			const record = { index, key: id, type: '', id, json, bytes, isSelfNamed: false };
			const group = groupOf(spaceId, () => ({
				envelopeBytes: available.api.envelopeBytes(),
				steps: [available.api.unlink(client, session.now)],
				output: (sent, status) => ({
					entityId: sent.id,
					status: status === 'updated' ? 'unlinked' : status,
				}),
			}));
			return { group, record };
		};
		return await perBatch({ prepare, mergesRepeats: true })(context, session);
	},
};
