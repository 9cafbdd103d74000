/** Parameters of the operations on watchlists, and what they hold. */
import type { INodeProperties } from 'n8n-workflow';

import { KIBANA_VERSIONS } from '../../entity/fields';
import type { Failure } from '../../failure';
import type { Generation } from '../../kibana/generation';
import { isWatchlistId, listWatchlists } from '../../kibana/watchlists';
import { invalid } from '../itemFailures';
import { askPatiently, type ItemCall } from '../perItem';

export const watchlist: INodeProperties = {
	displayName: 'Watchlist',
	name: 'watchlist',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'The watchlist, by its name or its ID',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Choose a watchlist',
			typeOptions: { searchListMethod: 'searchWatchlists', searchable: true },
		},
		{
			displayName: 'By Name',
			name: 'name',
			type: 'string',
			placeholder: 'e.g. High Risk Vendors',
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 3f0a7c9e-…',
		},
	],
};

export const riskModifier: INodeProperties = {
	displayName: 'Risk Modifier',
	name: 'riskModifier',
	type: 'number',
	default: 1.5,
	typeOptions: { minValue: 0, maxValue: 2, numberPrecision: 2 },
	description:
		'By what the risk score of its entities is multiplied: more than 1 raises it, less than 1 lowers it',
};

export const description: INodeProperties = {
	displayName: 'Description',
	name: 'description',
	type: 'string',
	default: '',
	description: 'What the watchlist is for, in up to 1,000 characters',
};

const NONE_BEFORE: Failure = {
	reason: 'routeMissing',
	message: `${KIBANA_VERSIONS.v1} have no watchlists`,
	hint: 'Kibana 9.4 is the first that has them',
};

/** Returns why there are no watchlists, or undefined where there are. */
export const requireWatchlists = ({ hasWatchlists }: Generation): Failure | undefined =>
	hasWatchlists ? undefined : NONE_BEFORE;

type FoundId = { readonly id: string } | { readonly failure: Failure };

const byName = async ({ session, client }: ItemCall, wanted: string): Promise<FoundId> => {
	const listed = await askPatiently(session, async () => await listWatchlists(client, session.now));
	if ('failure' in listed) return listed;
	const found = listed.value.filter(({ name }) => name === wanted);
	const [first] = found;
	if (first !== undefined && found.length === 1) return { id: first.id };
	if (first === undefined) {
		return {
			failure: {
				reason: 'notFound',
				message: `There is no watchlist named "${wanted}" in this space`,
				hint: 'The name must match exactly. Choose the watchlist from the list, or create it',
			},
		};
	}
	const message = `${found.length} watchlists are named "${wanted}"`;
	const hint = `Choose one by its ID: ${found.map(({ id }) => id).join(', ')}`;
	return { failure: { ...invalid(message, 'watchlist'), hint } };
};

/** Returns a function that finds the ID of an item's watchlist. Each name is asked for once in a run. */
export const createFinder = (): ((call: ItemCall) => Promise<FoundId>) => {
	const known = new Map<string, Promise<FoundId>>();
	return async (call) => {
		const { context, index, generation, space } = call;
		const missing = requireWatchlists(generation);
		if (missing) return { failure: missing };
		const value = String(context.getNodeParameter('watchlist.value', index, '') ?? '').trim();
		if (value === '') return { failure: invalid('Choose a watchlist', 'watchlist') };
		if (context.getNodeParameter('watchlist.mode', index, 'id') !== 'name') {
			const failure = invalid('There is no watchlist with this ID', 'watchlist');
			return isWatchlistId(value) ? { id: value } : { failure };
		}
		const key = `${space} ${value}`;
		const found = known.get(key) ?? byName(call, value);
		known.set(key, found);
		return await found;
	};
};
