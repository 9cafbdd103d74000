import type { INodeProperties } from 'n8n-workflow';

import { anyEntity, readEntity } from '../identification';
import { invalid } from '../itemFailures';
import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { createGroups, perBatch, type Prepared } from '../perBatch';
import type { ItemCall } from '../perItem';
import { requestOptions } from '../requestOptions';
import { requireResolution } from './available';

const targetId: INodeProperties = {
	displayName: 'Target ID',
	name: 'targetId',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. user:jane@example.com@okta',
	description: 'The ID of the entity that stands for all of them. It must not be linked itself.',
};

export const link: Operation = {
	value: 'link',
	name: 'Link',
	action: 'Link entities to a target',
	description:
		'Say that entities are the same as a target, such as the accounts of one person. Many are linked in one request. Needs an Enterprise licence.',
	parameters: [space, targetId, ...anyEntity, optionsParameter(requestOptions)],
	execute: async (context, session) => {
		const groupOf = createGroups();
		const prepare = async (call: ItemCall): Promise<Prepared> => {
			const { client, space: spaceId, index, generation } = call;
			const target = String(context.getNodeParameter('targetId', index) ?? '');
			const available = requireResolution(generation);
			if ('failure' in available) return available;
			const entity = readEntity(call);
			if ('failure' in entity) return entity;
			if (target === '') return { failure: invalid('A target is required', 'targetId') };
			const { id } = entity;
			const json = JSON.stringify(id);
			const bytes = Buffer.byteLength(json);
			const record = { index, key: id, type: '', id, json, bytes, isSelfNamed: false };
			const group = groupOf(`${spaceId} ${target}`, () => ({
				envelopeBytes: available.api.envelopeBytes(target),
				steps: [available.api.link(client, session.now, target)],
				output: (sent, status) => ({
					entityId: sent.id,
					targetId: target,
					status: status === 'updated' ? 'linked' : status,
				}),
			}));
			return { group, record };
		};
		return await perBatch({ prepare, mergesRepeats: true })(context, session);
	},
};
