/** The report of the benchmark, made only from its results: tables, a page and a chart. */
import { MODEL } from '../sandbox/kibana/options';
import type {
	ConnectionWay,
	CreationMeasurement,
	Grid,
	Latency,
	Measurement,
	Results,
	WayId,
} from './results';
import { WAYS, wayOf } from './ways';

export interface Table {
	readonly head: readonly string[];
	readonly rows: ReadonlyArray<readonly string[]>;
	/** Columns of text. All other columns contain numbers and are aligned to the right. */
	readonly textColumns: readonly number[];
}

const NOTHING = '–';

const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** Formats a number with the digits that a measurement justifies. */
const figure = (value: number): string => {
	if (value >= 100) return count(value);
	if (value >= 10) return value.toFixed(1);
	if (value >= 1) return value.toFixed(2);
	return value >= 0.1 ? value.toFixed(3) : value.toPrecision(2);
};

const times = (value: number | undefined): string =>
	value === undefined ? NOTHING : `${figure(value)} ×`;

const MB = 1024 * 1024;
const megabytes = (bytes: number | undefined): string =>
	bytes === undefined ? NOTHING : `${count(bytes / MB)} MB`;

const find = ({ measurements }: Results, way: WayId, n: number): Measurement | undefined =>
	measurements.find((one) => one.way === way && one.n === n && one.seconds !== undefined);

const secondsOf = (results: Results, way: WayId, n: number): number | undefined =>
	find(results, way, n)?.seconds;

const ratio = (above: number | undefined, below: number | undefined): number | undefined =>
	above === undefined || below === undefined || below === 0 ? undefined : above / below;

const isExtrapolated = (one: Measurement | undefined): boolean =>
	one?.extrapolatedFrom !== undefined;

/** Marks a figure that was not measured. */
const mark = (text: string, extrapolated: boolean): string =>
	extrapolated && text !== NOTHING ? `≈ ${text}` : text;

const sizesOf = ({ measurements }: Results): number[] =>
	[...new Set(measurements.map(({ n }) => n))].sort((one, other) => one - other);

/** Every measurement, with its time as a multiple of the time of the floor and of the simple mapping. */
export const mainTable = (results: Results): Table => ({
	head: [
		'',
		'Way',
		'Items',
		'Seconds',
		'Records/s',
		'Requests',
		'Peak RSS',
		'Time ÷ floor',
		'Time ÷ 2a',
	],
	textColumns: [0, 1],
	rows: WAYS.flatMap(({ id, name }) =>
		results.measurements
			.filter(({ way }) => way === id)
			.map((one) => {
				const { n, seconds, requests, peakRssBytes, failed } = one;
				const start = [id, name, count(n)];
				if (seconds === undefined) return [...start, `failed: ${failed}`, '', '', '', '', ''];
				const isSelf = isExtrapolated(one);
				const { group } = wayOf(id);
				const floor = group === 'reading' ? '4a' : group === 'poll' ? '5a' : '1';
				const isReading = floor !== '1';
				const comparedWith = (other: WayId | undefined) =>
					other === undefined
						? NOTHING
						: mark(
								times(ratio(seconds, secondsOf(results, other, n))),
								isSelf || isExtrapolated(find(results, other, n)),
							);
				return [
					...start,
					mark(figure(seconds), isSelf),
					mark(count(n / seconds), isSelf),
					requests === undefined ? NOTHING : count(requests),
					megabytes(peakRssBytes),
					comparedWith(floor),
					comparedWith(isReading ? undefined : '2a'),
				];
			}),
	),
});

/** The largest number of items for which all of these ways have a result. */
const commonSize = (results: Results, ways: readonly WayId[]): number | undefined =>
	sizesOf(results)
		.filter((n) => ways.every((way) => find(results, way, n) !== undefined))
		.at(-1);

const COMPARED_AT = 10_000;

/** How many times faster each way of this node is than each way without it. */
export const speedUpTable = (results: Results): Table => {
	const today = WAYS.filter(({ group }) => group === 'today').map(({ id }) => id);
	const node = WAYS.filter(({ group }) => group === 'node').map(({ id }) => id);
	return {
		head: ['', `${count(COMPARED_AT)} items`, ...today.map((id) => `than ${id}`)],
		textColumns: [0, 1],
		rows: node.map((id) => [
			id,
			wayOf(id).name,
			...today.map((other) => {
				const [mine, theirs] = [id, other].map((way) => find(results, way, COMPARED_AT));
				const text = times(ratio(theirs?.seconds, mine?.seconds));
				return mark(text, isExtrapolated(mine) || isExtrapolated(theirs));
			}),
		]),
	};
};

interface Goal {
	readonly what: string;
	readonly wanted: string;
	readonly found: number | undefined;
	readonly isReached: (found: number) => boolean;
	readonly text: (found: number) => string;
	readonly extrapolated: boolean;
}

const LARGE = 100_000;
const MILLION = 1_000_000;

const atMost = (
	results: Results,
	what: string,
	way: WayId,
	to: WayId,
	n: number,
	most: number,
) => ({
	what,
	wanted: `at most ${most} ×`,
	found: ratio(secondsOf(results, way, n), secondsOf(results, to, n)),
	isReached: (found: number) => found <= most,
	text: times,
	extrapolated: [way, to].some((one) => isExtrapolated(find(results, one, n))),
});

const faster = (results: Results, what: string, than: WayId, n: number, least: number): Goal => ({
	what,
	wanted: least === 1 ? 'faster' : `at least ${least} × faster`,
	found: ratio(secondsOf(results, than, n), secondsOf(results, '2a', n)),
	isReached: (found) => (least === 1 ? found > 1 : found >= least),
	text: times,
	extrapolated: ['2a', than].some((one) => isExtrapolated(find(results, one as WayId, n))),
});

const growth = (results: Results, way: WayId): Goal => {
	const perItem = (n: number) => {
		const one = find(results, way, n);
		// An extrapolated figure assumes what this goal measures.
		return isExtrapolated(one) ? undefined : ratio(one?.seconds, n);
	};
	return {
		what: `${way}: time for each item with 1,000,000 items against 10,000 items`,
		wanted: 'at most 1.2 ×',
		found: ratio(perItem(MILLION), perItem(COMPARED_AT)),
		isReached: (found) => found <= 1.2,
		text: times,
		extrapolated: false,
	};
};

const BYTES_PER_ITEM = 150;

/** Returns the bytes of one more item. Chunks in flight and constant parts are the same for few and many items. */
const bytesOfFurtherItem = ({ heap }: Results, way: WayId): number | undefined => {
	const measured = heap.filter((one) => one.way === way && one.sendingBytes !== undefined);
	const [fewer, more] = [measured[0], measured.at(-1)];
	if (fewer === undefined || more === undefined || more.n === fewer.n) return undefined;
	return ((more.sendingBytes as number) - (fewer.sendingBytes as number)) / (more.n - fewer.n);
};

const heapGoal = (results: Results, way: WayId): Goal => ({
	what: `${way}: live heap that each additional item needs while the node sends`,
	wanted: `at most ${BYTES_PER_ITEM} bytes`,
	found: bytesOfFurtherItem(results, way),
	isReached: (found) => found <= BYTES_PER_ITEM,
	text: (found) => `${count(found)} bytes`,
	extrapolated: false,
});

const percent = (share: number | undefined): string =>
	share === undefined ? NOTHING : `${(100 * share).toFixed(1)} %`;

/** The share of what this Kibana can do at all. */
const shareOf = ({ n, seconds, mostPerSecond }: CreationMeasurement): number | undefined =>
	ratio(seconds === undefined ? undefined : n / seconds, mostPerSecond);

const MOST_MINUTES = 12;
const LEAST_SHARE = 0.8;
const MOST_REFUSED = 0.02;
const MOST_WAITING = 3;

const creationGoals = ({ creations = [] }: Results): Goal[] =>
	creations.flatMap((creation): Goal[] => {
		const { way, n, seconds, idle, busy, laterRequests, laterRefused } = creation;
		const measured = { extrapolated: false };
		if (way === '6b') {
			return [
				{
					...measured,
					what: '6b: refused requests after the first minute',
					wanted: `at most ${100 * MOST_REFUSED} %`,
					found: ratio(laterRefused, laterRequests),
					isReached: (found) => found <= MOST_REFUSED,
					text: percent,
				},
			];
		}
		return [
			{
				...measured,
				what: '6a: creation of 100,000 entities with all options at their defaults',
				wanted: `at most ${MOST_MINUTES} minutes`,
				found: n === LARGE && seconds !== undefined ? seconds / 60 : undefined,
				isReached: (found) => found <= MOST_MINUTES,
				text: (found) => `${figure(found)} minutes`,
			},
			{
				...measured,
				what: '6a: share of what this Kibana can do at all',
				wanted: `at least ${100 * LEAST_SHARE} %`,
				found: shareOf(creation),
				isReached: (found) => found >= LEAST_SHARE,
				text: percent,
			},
			{
				...measured,
				what: '6a: 95th percentile of the requests of somebody else, against an idle Kibana',
				wanted: `at most ${MOST_WAITING} ×`,
				found: ratio(busy?.p95Ms, idle?.p95Ms),
				isReached: (found) => found <= MOST_WAITING,
				text: times,
			},
		];
	});

const goalsOf = (results: Results): Goal[] => [
	atMost(results, '2a against the floor, 100,000 items', '2a', '1', LARGE, 3),
	atMost(results, '2c against the floor, 100,000 items', '2c', '1', LARGE, 2),
	atMost(results, '2d against the floor, 100,000 items', '2d', '1', LARGE, 2),
	faster(results, '2a against 3e, 100,000 items', '3e', LARGE, 50),
	faster(results, '2a against 3a, 10,000 items', '3a', COMPARED_AT, 50),
	faster(results, '2a against 3b, 10,000 items', '3b', COMPARED_AT, 10),
	faster(results, '2a against 3c, 10,000 items', '3c', COMPARED_AT, 1),
	atMost(
		results,
		'2f against 2a: a tenth of the items broken',
		'2f',
		'2a',
		commonSize(results, ['2a', '2f']) ?? LARGE,
		1.5,
	),
	atMost(
		results,
		'2f against 2g: the same, without the time that n8n itself needs for an error output',
		'2f',
		'2g',
		commonSize(results, ['2f', '2g']) ?? LARGE,
		1.5,
	),
	atMost(
		results,
		'4b against 4a: Get Many against a script that pages the same route',
		'4b',
		'4a',
		commonSize(results, ['4a', '4b']) ?? LARGE,
		2,
	),
	atMost(
		results,
		'4d against 4c: a second night without changes against reading the same users',
		'4d',
		'4c',
		commonSize(results, ['4c', '4d']) ?? LARGE,
		1.5,
	),
	growth(results, '2a'),
	growth(results, '2c'),
	heapGoal(results, '2a'),
	heapGoal(results, '2c'),
	...(find(results, '5b', LARGE)
		? [
				atMost(
					results,
					'5b against 5a, 100,000 entities that have not changed',
					'5b',
					'5a',
					LARGE,
					1.5,
				),
			]
		: []),
	...creationGoals(results),
];

/** The goals of the node, and whether it reaches them. */
export const goalTable = (results: Results): Table => ({
	head: ['Goal', 'Target', 'Measured', 'Reached'],
	textColumns: [0, 1, 2, 3],
	rows: goalsOf(results).map(({ what, wanted, found, isReached, text, extrapolated }) =>
		found === undefined
			? [what, wanted, NOTHING, 'not measured']
			: [what, wanted, mark(text(found), extrapolated), isReached(found) ? 'yes' : 'NO'],
	),
});

export const heapTable = ({ heap }: Results): Table => ({
	head: ['', 'Way', 'Items', 'While sending', 'Per item', 'At the end', 'Per item'],
	textColumns: [0, 1],
	rows: heap.map(({ way, n, sendingBytes, endBytes, failed }) => {
		const start = [way, wayOf(way).name, count(n)];
		if (sendingBytes === undefined || endBytes === undefined) {
			return [...start, `failed: ${failed}`, '', '', ''];
		}
		const perItem = (bytes: number) => `${count(bytes / n)} B`;
		return [
			...start,
			megabytes(sendingBytes),
			perItem(sendingBytes),
			megabytes(endBytes),
			perItem(endBytes),
		];
	}),
});

/** Milliseconds by part of the program (down) and way (across). */
export const profileTable = ({ profiles }: Results): Table => {
	const measured = profiles.flatMap(({ way, n, parts }) => (parts ? [{ way, n, parts }] : []));
	const sum = (parts: Readonly<Record<string, number>>) =>
		Object.values(parts).reduce((total, one) => total + one, 0);
	const names = [...new Set(measured.flatMap(({ parts }) => Object.keys(parts)))];
	const largest = (name: string) => Math.max(...measured.map(({ parts }) => parts[name] ?? 0));
	names.sort((one, other) => largest(other) - largest(one));
	return {
		head: ['Milliseconds', ...measured.map(({ way, n }) => `${way}, ${count(n)} items`)],
		textColumns: [0],
		rows: [
			...names.map((name) => [
				name,
				...measured.map(({ parts }) => {
					const ms = parts[name] ?? 0;
					return `${count(ms)} (${Math.round((100 * ms) / sum(parts))} %)`;
				}),
			]),
			['all', ...measured.map(({ parts }) => count(sum(parts)))],
		],
	};
};

/** Seconds by chunk size (down) and concurrency (across). */
export const gridTable = ({ cells }: Grid): Table => {
	const concurrencies = [...new Set(cells.map(({ concurrency }) => concurrency))];
	const chunkSizes = [...new Set(cells.map(({ chunkSize }) => chunkSize))];
	return {
		head: ['Chunk size', ...concurrencies.map((one) => `${one} at a time`), 'Requests'],
		textColumns: [],
		rows: chunkSizes.map((chunkSize) => {
			const row = concurrencies.map((concurrency) =>
				cells.find((one) => one.chunkSize === chunkSize && one.concurrency === concurrency),
			);
			const requests = row.find((cell) => cell?.requests !== undefined)?.requests;
			return [
				count(chunkSize),
				...row.map((cell) =>
					cell?.seconds === undefined
						? `failed: ${cell?.failed ?? 'not measured'}`
						: mark(cell.seconds.toFixed(1), cell.extrapolatedFrom !== undefined),
				),
				requests === undefined ? NOTHING : count(requests),
			];
		}),
	};
};

const latencyText = (one: Latency | undefined): string =>
	one === undefined ? NOTHING : `${figure(one.medianMs)} / ${figure(one.p95Ms)} ms`;

/** The creation of entities, and what a bystander waits for meanwhile: median and 95th percentile. */
export const creationTable = ({ creations = [] }: Results): Table => {
	const refusals = (requests: number | undefined, refused: number | undefined) =>
		requests === undefined || refused === undefined
			? NOTHING
			: `${count(refused)} of ${count(requests)}`;
	return {
		head: [
			'',
			'Entities',
			'Seconds',
			'Per second',
			'Possible',
			'Share',
			'Refused',
			'After a minute',
			'Bystander, idle',
			'Bystander, busy',
		],
		textColumns: [0],
		rows: creations.map((creation) => {
			const { way, n, seconds, mostPerSecond, failed, idle, busy } = creation;
			const { requests, refused, laterRequests, laterRefused } = creation;
			if (seconds === undefined) {
				return [way, count(n), `failed: ${failed}`, '', '', '', '', '', '', ''];
			}
			return [
				way,
				count(n),
				figure(seconds),
				count(n / seconds),
				count(mostPerSecond),
				percent(shareOf(creation)),
				refusals(requests, refused),
				refusals(laterRequests, laterRefused),
				latencyText(idle),
				latencyText(busy),
			];
		}),
	};
};

const CONNECTIONS: Readonly<Record<ConnectionWay, string>> = {
	http: "n8n's HTTP helper, without TLS",
	https: "n8n's HTTP helper",
	keepAlive: "n8n's HTTP helper, asked to keep the connection",
	reused: 'Kept-alive connections of node:https',
};

/** What the connections of requests at a steady rate cost. */
export const connectionTable = ({ connections = [] }: Results): Table => ({
	head: ['Way', 'Connections', 'Resumed', 'CPU of the client', 'CPU of the server', 'Latency'],
	textColumns: [0],
	rows: connections.map((one) => {
		const { way, latency, clientMs, serverMs, resumed, failed } = one;
		if (clientMs === undefined || serverMs === undefined) {
			return [CONNECTIONS[way], `failed: ${failed}`, '', '', '', ''];
		}
		return [
			CONNECTIONS[way],
			count(one.connections ?? 0),
			count(resumed ?? 0),
			`${figure(clientMs)} ms`,
			`${figure(serverMs)} ms`,
			latencyText(latency),
		];
	}),
});

/** A table for the terminal. */
export const toText = ({ head, rows, textColumns }: Table): string => {
	const widths = head.map((title, column) =>
		Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
	);
	const line = (cells: readonly string[]) =>
		cells
			.map((cell, column) => {
				const width = widths[column] ?? 0;
				return textColumns.includes(column) ? cell.padEnd(width) : cell.padStart(width);
			})
			.join('  ')
			.trimEnd();
	const rule = widths.map((width) => '─'.repeat(width)).join('  ');
	return [line(head), rule, ...rows.map(line)].join('\n');
};

/** A table in Markdown. */
export const toMarkdownTable = ({ head, rows, textColumns }: Table): string => {
	const line = (cells: readonly string[]) =>
		`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
	const rule = head.map((_, column) => (textColumns.includes(column) ? '---' : '---:'));
	return [line(head), line(rule), ...rows.map(line)].join('\n');
};

const machineLine = ({ machine, settings, totalSeconds }: Results): string => {
	const { cores, memoryBytes, loadBefore, node, n8n, n8nCore } = machine;
	const memory = `${Math.round(memoryBytes / MB / 1024)} GB of memory`;
	const minutes = `${Math.floor(totalSeconds / 60)} min ${Math.round(totalSeconds % 60)} s`;
	return `Measured on ${cores} cores with ${memory}, Node.js ${node}, n8n ${n8n} (n8n-core ${n8nCore}), against a server that answers as Kibana ${settings.kibana}. The whole benchmark took ${minutes}. The load before the start was ${loadBefore}.`;
};

const whereTimeGoes = (results: Results): string => {
	const n = commonSize(results, ['1', '1b', '1c', '2a', '2c']) ?? LARGE;
	const overFloor = (way: WayId) =>
		times(ratio(secondsOf(results, way, n), secondsOf(results, '1', n)));
	const overPlain = (way: WayId) =>
		times(ratio(secondsOf(results, way, n), secondsOf(results, '1c', n)));
	return `Measured with V8's sampling profiler, one run each. The floor sends bodies that were prepared before its clock started, and does not use n8n. All factors are for ${count(n)} items. **1b**, which also serialises the records, takes ${overFloor('1b')} the time of the floor. **1c** takes ${overFloor('1c')} the time of the floor: it is a node that serialises and sends its items, returns one item for each, and checks nothing. No node of n8n can take less. This node adds the mapping, the checks and the handling of requests and failures. It takes ${overPlain('2a')} the time of **1c** with 20 mapped fields, and ${overPlain('2c')} with items that are records already.`;
};

/** The page `results.md`. */
export const toMarkdown = (results: Results): string => {
	const { settings, grid, creations = [], connections = [] } = results;
	const { chunkSize, concurrency, heapLimitMb, recordBytes, quick } = settings;
	const sections = [
		'# Benchmark',
		`\`npm run bench\` writes this page, [results.svg](results.svg) and [results.json](results.json).${quick ? ' **This was a quick run.**' : ''}`,
		machineLine(results),
		`20 mapped fields, ${count(recordBytes)} bytes for each record, ${chunkSize} records in a request, ${concurrency} requests at a time. ≈ marks figures that were extrapolated from fewer items, or compared with such a figure.`,
		'![Records per second by way and number of items](results.svg)',
		'## Goals',
		toMarkdownTable(goalTable(results)),
		'## All figures',
		toMarkdownTable(mainTable(results)),
		'## How many times faster',
		toMarkdownTable(speedUpTable(results)),
		'## Memory of the node itself',
		'Live heap after a forced garbage collection, minus the heap with only the input items. It includes the chunks in flight and constant parts. The figure at the end includes the output items.',
		toMarkdownTable(heapTable(results)),
		'## Where the time goes',
		whereTimeGoes(results),
		toMarkdownTable(profileTable(results)),
		...(grid
			? [
					'## Chunk size and concurrency',
					`Seconds for ${count(grid.n)} records with automatic mapping. Every answer waits for the next refresh, as in Kibana, and there is one refresh every ${grid.refreshMs} ms. The number of requests shows that Max Chunk Bytes limits the largest chunks.`,
					toMarkdownTable(gridTable(grid)),
				]
			: []),
		...(creations.length > 0
			? [
					'## Creation',
					`Kibana 9.4 and later create entities one by one. The test Kibana is a model of one with a single event loop: it works ${MODEL.createWorkMs} ms on a creation, ${MODEL.bulkWorkMs} ms on 1,000 rows of a bulk request and ${MODEL.otherWorkMs} ms on any other request, one after another. A refresh every ${MODEL.refreshCycleMs} ms answers what has been created since the last one. Somebody else asks for the status about every 100 ms, before the creation (idle) and from the first to the last one (busy): median and 95th percentile. A measurement fails when an entity is missing in the store, or when the output items say anything else than the store.`,
					toMarkdownTable(creationTable(results)),
				]
			: []),
		...(connections.length > 0
			? [
					'## Connections',
					`n8n's HTTP helper opens a connection for every request. ${connections[0]?.perSecond} requests in a second, as the creation of entities makes them, to a server with a certificate that signs itself (RSA, 2,048 bits), on the same machine. CPU is the time of the processor for one request; latency is median and 95th percentile.`,
					toMarkdownTable(connectionTable(results)),
				]
			: []),
		'## The ways',
		toMarkdownTable({
			head: ['', 'Way', ''],
			rows: WAYS.filter(
				({ id, group }) =>
					!['poll', 'creation'].includes(group) ||
					[...results.measurements, ...creations].some(({ way }) => way === id),
			).map(({ id, name, detail }) => [id, name, detail]),
			textColumns: [0, 1, 2],
		}),
		'## How it is measured',
		[
			'- All ways write to one server in its own process. It reads each body to its end, counts its records and bytes, validates nothing, and answers that all entities exist. A way fails when records are missing on the server, or when its output items are wrong.',
			`- Each measurement runs in its own process with a heap limit of ${heapLimitMb} MB. Short ones are repeated, and the median counts. Peak RSS is that of the whole process with its items.`,
			"- **1** and **1b**: the time from the first request to the last answer. **2** and **3e**: n8n-core's engine with the expression engine `vm`; the time is the execution time of the node that n8n stores. Both run after a small run that loads and compiles the code.",
			'- **3a** to **3d**: a real n8n, `n8n execute`; the time is that between the start of the first node after the items exist and the end of the last node, as n8n stores them. Peak RSS is that of n8n without the task runner, in which Code nodes run.',
			'- **4**: the server lists the users of the directory. **4a** and **4b** page through all of them, 1,000 on a page. Their floor is **4a**.',
			'- Records of **3a** and **3e** have neither the entity ID nor the lists that Kibana requires: these ways do not add them.',
			'- A measurement that would take too long is made with fewer items. Its seconds are extrapolated in proportion to the items.',
		].join('\n'),
	];
	return `${sections.join('\n\n')}\n`;
};

const CHART = {
	width: 960,
	left: 330,
	right: 110,
	top: 84,
	bar: 11,
	gap: 3,
	groupGap: 14,
	bottom: 64,
} as const;
const SHADES = ['#bcd0ea', '#7fa6d6', '#3f78b9', '#1d4b84'];

const escapeXml = (text: string): string =>
	text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** The chart `results.svg`: records per second on a logarithmic scale, a bar for each number of items. */
export const toSvg = (results: Results): string => {
	const { width, left, right, top, bar, gap, groupGap, bottom } = CHART;
	const sizes = sizesOf(results);
	const shadeOf = (n: number) => SHADES[sizes.indexOf(n) % SHADES.length] as string;
	const rates = results.measurements.flatMap(({ n, seconds }) => (seconds ? [n / seconds] : []));
	const lowest = Math.floor(Math.log10(Math.min(...rates, 1000)));
	const highest = Math.max(lowest + 1, Math.ceil(Math.log10(Math.max(...rates, 1000))));
	const x = (rate: number) =>
		left + ((Math.log10(rate) - lowest) / (highest - lowest)) * (width - left - right);
	const at = (value: number) => value.toFixed(1);

	const parts: string[] = [];
	let y: number = top;
	for (const { id, name } of WAYS) {
		const own = results.measurements.filter(({ way }) => way === id);
		if (own.length === 0) continue;
		const height = own.length * (bar + gap) - gap;
		parts.push(
			`<text x="${left - 12}" y="${at(y + height / 2 + 4)}" text-anchor="end" class="way">${escapeXml(`${id}  ${name}`)}</text>`,
		);
		for (const { n, seconds, extrapolatedFrom, failed } of own) {
			const labelY = at(y + bar - 2);
			if (seconds) {
				const rate = n / seconds;
				const isMeasured = extrapolatedFrom === undefined;
				const style = isMeasured
					? `fill="${shadeOf(n)}"`
					: `fill="none" stroke="${shadeOf(n)}" stroke-dasharray="3 2"`;
				parts.push(
					`<rect x="${left}" y="${at(y)}" width="${at(Math.max(1, x(rate) - left))}" height="${bar}" ${style}/>`,
					`<text x="${at(x(rate) + 6)}" y="${labelY}" class="rate">${isMeasured ? '' : '≈ '}${count(rate)}</text>`,
				);
			} else {
				parts.push(
					`<text x="${left + 6}" y="${labelY}" class="rate">${escapeXml(`${count(n)}: failed, ${failed}`)}</text>`,
				);
			}
			y += bar + gap;
		}
		y += groupGap - gap;
	}
	const end = y;
	const grid = Array.from({ length: highest - lowest + 1 }, (_, step) => {
		const rate = 10 ** (lowest + step);
		return [
			`<line x1="${at(x(rate))}" y1="${top - 8}" x2="${at(x(rate))}" y2="${end}" class="grid"/>`,
			`<text x="${at(x(rate))}" y="${end + 16}" text-anchor="middle" class="rate">${count(rate)}</text>`,
		].join('\n');
	});
	const legend = sizes.map((n, position) => {
		const from = left + position * 140;
		return [
			`<rect x="${from}" y="50" width="12" height="12" fill="${shadeOf(n)}"/>`,
			`<text x="${from + 18}" y="60" class="rate">${count(n)} items</text>`,
		].join('\n');
	});
	const height = end + bottom;
	return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${at(height)}" viewBox="0 0 ${width} ${at(height)}" font-family="system-ui, sans-serif">
<title>Records per second by way and number of items</title>
<style>.way{font-size:12px;fill:#222}.rate{font-size:11px;fill:#555}.head{font-size:16px;fill:#222}.grid{stroke:#ddd}</style>
<rect width="100%" height="100%" fill="#fff"/>
<text x="20" y="30" class="head">Records per second (logarithmic scale; longer is faster)</text>
${legend.join('\n')}
${grid.join('\n')}
${parts.join('\n')}
<text x="20" y="${at(end + 44)}" class="rate">Dashed: extrapolated from fewer items. ${escapeXml(`${results.machine.cores} cores, Node.js ${results.machine.node}, n8n ${results.machine.n8n}`)}</text>
</svg>
`;
};
