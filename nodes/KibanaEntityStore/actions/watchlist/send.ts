/** Putting entities on watchlists and taking them off, many in one request. */
import { ENVELOPE_BYTES, watchlistStep } from '../../kibana/watchlists';
import { readEntity } from '../identification';
import type { Operation } from '../operation';
import { createGroups, perBatch, type Prepared } from '../perBatch';
import type { ItemCall } from '../perItem';
import { createFinder } from './parameters';

/** Returns an `execute` that puts the entities of items on their watchlists, or takes them off. */
export const sendEntities =
	(verb: 'assign' | 'unassign'): Operation['execute'] =>
	async (context, session) => {
		const find = createFinder();
		const groupOf = createGroups();
		const prepare = async (call: ItemCall): Promise<Prepared> => {
			const entity = readEntity(call);
			const found = await find(call);
			if ('failure' in found) return found;
			if ('failure' in entity) return entity;
			const { id } = entity;
			const { client, space, index } = call;
			const watchlistId = found.id;
			const json = JSON.stringify(id);
			const bytes = Buffer.byteLength(json);
			const record = { index, key: id, type: '', id, json, bytes, isSelfNamed: false };
			const group = groupOf(`${space} ${watchlistId}`, () => ({
				envelopeBytes: ENVELOPE_BYTES,
				steps: [watchlistStep(client, session.now, watchlistId, verb)],
				output: (sent, status) => ({
					entityId: sent.id,
					watchlistId,
					status: status === 'updated' ? `${verb}ed` : status,
				}),
			}));
			return { group, record };
		};
		return await perBatch({ prepare, mergesRepeats: true })(context, session);
	};
