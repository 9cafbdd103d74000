/** The ways that are measured and compared. */
import type { WayId } from './results';

export interface Way {
	readonly id: WayId;
	readonly name: string;
	/** Details that the name does not contain. */
	readonly detail: string;
	readonly group: 'floor' | 'node' | 'today' | 'reading' | 'poll' | 'creation';
	/** Whether it is also measured with a million items. */
	readonly isForMillion: boolean;
	/** Share of the items that must arrive as records. */
	readonly delivers: number;
	/** The statuses of the output items, as shares of the items. Undefined when there are no output items. */
	readonly outputs?: Readonly<Record<string, number>>;
}

const way = (
	id: WayId,
	group: Way['group'],
	name: string,
	detail: string,
	more: Partial<Way> = {},
): Way => ({ id, group, name, detail, isForMillion: false, delivers: 1, ...more });

const read = { delivers: 0, outputs: { read: 1 } };
const updated = { outputs: { updated: 1 } };

export const WAYS: readonly Way[] = [
	way(
		'1',
		'floor',
		'Floor: a bare script',
		'Sends bodies that were ready before the clock started, over kept-alive connections of node:http',
		{ isForMillion: true },
	),
	way(
		'1b',
		'floor',
		'A bare script that serialises',
		'The same script with records: it serialises each chunk before it sends it',
	),
	way(
		'1c',
		'floor',
		'A node that only sends',
		'A node in n8n that serialises its items, sends them with the HTTP helper of n8n, and returns an item for each: the minimum for any node',
		{ outputs: { sent: 1 } },
	),
	way('2a', 'node', 'This node, simple mapping', '20 fields, each `{{ $json.path }}`', {
		...updated,
		isForMillion: true,
	}),
	way(
		'2b',
		'node',
		'This node, two complex expressions',
		'As 2a, but two of the 20 fields are computed',
		updated,
	),
	way('2c', 'node', 'This node, automatic mapping', 'Items that are records already', {
		...updated,
		isForMillion: true,
	}),
	way(
		'2d',
		'node',
		'This node, JSON',
		'The same items, the record given as `{{ $json }}`',
		updated,
	),
	way('2e', 'node', 'This node, dry run', 'As 2a, but nothing is sent', {
		delivers: 0,
		outputs: { dryRun: 1 },
	}),
	way(
		'2f',
		'node',
		'This node, every tenth item broken',
		'As 2a, with On Error set to Continue (using error output)',
		{ delivers: 0.9, outputs: { updated: 0.9, failed: 0.1 } },
	),
	way(
		'2g',
		'node',
		'This node, an error output and no error',
		'As 2f, but no item is broken: the time that n8n itself needs to check the output for errors',
		updated,
	),
	way(
		'3a',
		'today',
		'Edit Fields + Loop + Aggregate + HTTP Request',
		'Edit Fields with the 20 expressions, batches of 100',
	),
	way('3b', 'today', 'Loop + Code + HTTP Request', 'Batches of 100, mapped by hand in a Code node'),
	way(
		'3c',
		'today',
		'Code + HTTP Request',
		'One Code node that maps by hand and builds chunks of 500',
	),
	way(
		'3d',
		'today',
		'HTTP Request for each item',
		'One expression for the whole body, 50 requests at a time, no pause',
	),
	way(
		'3e',
		'today',
		"n8n's own evaluation for each item",
		"A node that calls getNodeParameter('columns.value', i) and sends chunks as this node does",
		{ outputs: { sent: 1 } },
	),
	way(
		'4a',
		'reading',
		'Floor of reading: a bare script',
		'Lists all entities from page to page, with the fields of the short form, parses and keeps them',
		read,
	),
	way('4b', 'reading', 'This node, Get Many', 'Return All and Simplify, over the same route', read),
	way('4c', 'reading', 'This node, Get', 'By ID, one user for each item', read),
	way(
		'4d',
		'reading',
		'This node, a second night',
		'As 2a with Skip Unchanged, and all users are stored as they are: nothing is sent',
		{ delivers: 0, outputs: { unchanged: 1 } },
	),
	way(
		'5a',
		'poll',
		'Paging, bare',
		'Reads the list of all entities, 1,000 in a request, over a kept-alive connection of node:http, and keeps nothing',
		{ delivers: 0 },
	),
	way(
		'5b',
		'poll',
		'A poll of the trigger',
		'All events, over entities that have not changed since the poll before',
		{ delivers: 0 },
	),
	way(
		'6a',
		'creation',
		'Creation',
		'As 2a, on a model of a Kibana in which no user exists, with all options at their defaults',
		{ outputs: { created: 1 } },
	),
	way(
		'6b',
		'creation',
		'Creation with a limit',
		'As 6a, where that Kibana refuses more than 200 writing requests in a second with 429',
		{ outputs: { created: 1 } },
	),
];

export const wayOf = (id: WayId): Way => WAYS.find((one) => one.id === id) as Way;
