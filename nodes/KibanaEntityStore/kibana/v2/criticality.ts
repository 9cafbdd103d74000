/** Asset criticality of Kibana 9.4 and later: a field of the entity (docs/kibana-api.md#asset-criticality). */
import { UNASSIGNED } from '../../entity/fields';
import { readLeaves } from '../../entity/leaves';
import { isLevel, NO_ENTITY, type CriticalityApi, type Level } from '../criticality';
import type { WriteStep } from '../generation';
import { lookUp } from '../lookUp';
import { list } from './list';
import { write } from './write';

const levelOf = (document: unknown): Level => {
	const [level] = [readLeaves(document).get('asset.criticality')].flat();
	return isLevel(level) ? level : UNASSIGNED;
};

export const criticality: CriticalityApi = {
	record: ({ id }, level) =>
		JSON.stringify({
			entity: { id },
			asset: { criticality: level === UNASSIGNED ? null : level },
		}),
	bytesOf: write.bytesOf,
	envelopeBytes: write.envelopeBytes,
	steps: (client, now) => write.stepsOf('update', client, true, now) as readonly WriteStep[],
	get: async (client, now, entity) => {
		const found = await lookUp(client, list, list.groupOf(entity), [list.term(entity)], now);
		if (found.kind !== 'listed') return { ...found, isTransient: found.kind === 'transient' };
		const document = found.documents.get(entity.id);
		return document === undefined ? { failure: NO_ENTITY } : { value: levelOf(document) };
	},
};
