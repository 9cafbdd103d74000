import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
	connectionTable,
	creationTable,
	goalTable,
	gridTable,
	mainTable,
	profileTable,
	speedUpTable,
	toMarkdown,
	toMarkdownTable,
	toSvg,
	toText,
} from '../../bench/report';
import type { Measurement, Results, WayId } from '../../bench/results';

const measured = (way: WayId, n: number, seconds: number): Measurement => ({
	way,
	n,
	seconds,
	runs: 3,
	requests: Math.ceil(n / 500),
	records: n,
	bytes: n * 700,
	peakRssBytes: 400 * 1024 * 1024,
});

const extrapolated = (way: WayId, n: number, seconds: number, from: number): Measurement => ({
	way,
	n,
	seconds,
	runs: 0,
	extrapolatedFrom: from,
});

const RESULTS: Results = {
	machine: {
		cores: 2,
		memoryBytes: 8 * 1024 ** 3,
		loadBefore: 0.3,
		node: '24.1.0',
		n8n: '2.0.0',
		n8nCore: '2.0.1',
	},
	settings: {
		quick: false,
		chunkSize: 500,
		concurrency: 2,
		heapLimitMb: 4096,
		recordBytes: 734.2,
		kibana: '9.4.3',
	},
	totalSeconds: 125,
	measurements: [
		measured('1', 10_000, 0.05),
		measured('2a', 10_000, 0.1),
		measured('2c', 10_000, 0.05),
		measured('3a', 10_000, 50),
		measured('3b', 10_000, 0.9),
		measured('1', 100_000, 0.5),
		measured('2a', 100_000, 1.6),
		measured('2c', 100_000, 0.9),
		measured('5a', 100_000, 1),
		measured('5b', 100_000, 1.4),
		extrapolated('3e', 100_000, 550, 10_000),
		measured('1', 1_000_000, 5),
		measured('2a', 1_000_000, 11),
		{ way: '2c', n: 1_000_000, runs: 0, failed: 'needs more than 4096 MB of <heap>' },
	],
	heap: [
		{ way: '2a', n: 100_000, sendingBytes: 20_000_000, endBytes: 30_000_000 },
		{ way: '2a', n: 200_000, sendingBytes: 34_000_000, endBytes: 50_000_000 },
		{ way: '2c', n: 100_000, sendingBytes: 20_000_000, endBytes: 30_000_000 },
		{ way: '2c', n: 200_000, sendingBytes: 90_000_000, endBytes: 50_000_000 },
	],
	profiles: [
		{ way: '1c', n: 100_000, parts: { JSON: 300, waiting: 100 } },
		{ way: '2a', n: 100_000, parts: { JSON: 250, mapping: 750 } },
		{ way: '2c', n: 100_000, failed: 'took longer than 9 s' },
	],
	grid: {
		n: 20_000,
		refreshMs: 1_000,
		cells: [
			{ chunkSize: 100, concurrency: 1, seconds: 200.2, extrapolatedFrom: 6_000 },
			{ chunkSize: 100, concurrency: 2, seconds: 100.1, requests: 200 },
			{ chunkSize: 500, concurrency: 1, seconds: 40.3, requests: 40 },
			{ chunkSize: 500, concurrency: 2, failed: 'took longer than 9 s' },
		],
	},
	creations: [
		{
			way: '6a',
			n: 100_000,
			mostPerSecond: 1_000 / 3,
			seconds: 360,
			idle: { requests: 100, medianMs: 2.5, p95Ms: 4 },
			busy: { requests: 3_600, medianMs: 5, p95Ms: 14 },
			requests: 100_110,
			refused: 0,
			laterRequests: 80_000,
			laterRefused: 0,
		},
		{ way: '6b', n: 50_000, mostPerSecond: 200, failed: '3 entities are stored instead of 4' },
	],
	connections: [
		{
			way: 'https',
			perSecond: 200,
			latency: { requests: 3_000, medianMs: 3.25, p95Ms: 12 },
			clientMs: 2.5,
			serverMs: 1.25,
			connections: 3_200,
			resumed: 0,
		},
		{ way: 'keepAlive', perSecond: 200, failed: 'ECONNRESET' },
	],
};

const rowsOf = (rows: ReadonlyArray<readonly string[]>, start: readonly string[]) =>
	rows.filter((row) => start.every((cell, column) => row[column] === cell));

describe('the table of all figures', () => {
	const { rows } = mainTable(RESULTS);

	it('gives the time as a multiple of the floor and of the simple mapping with as many items', () => {
		const [row] = rows.filter(([way, , items]) => way === '3a' && items === '10,000');
		expect(row).toEqual([
			'3a',
			'Edit Fields + Loop + Aggregate + HTTP Request',
			'10,000',
			'50.0',
			'200',
			'20',
			'400 MB',
			'1,000 ×',
			'500 ×',
		]);
	});

	it('marks every figure that was extrapolated, and every ratio to one', () => {
		const [row = []] = rows.filter(([way]) => way === '3e');
		expect(row.slice(3)).toEqual(['≈ 550', '≈ 182', '–', '–', '≈ 1,100 ×', '≈ 344 ×']);
	});

	it('says why there is no result', () => {
		const [row] = rows.filter(([way, , items]) => way === '2c' && items === '1,000,000');
		expect(row?.[3]).toBe('failed: needs more than 4096 MB of <heap>');
	});
});

describe('the goals', () => {
	const { rows } = goalTable(RESULTS);
	const reached = (what: string) => rows.find(([goal]) => goal?.startsWith(what))?.slice(2);

	it('are reached, missed or not measured', () => {
		expect(reached('2a against the floor')).toEqual(['3.20 ×', 'NO']);
		expect(reached('2c against the floor')).toEqual(['1.80 ×', 'yes']);
		expect(reached('2d against the floor')).toEqual(['–', 'not measured']);
		expect(reached('2a against 3a')).toEqual(['500 ×', 'yes']);
		expect(reached('2a against 3b')).toEqual(['9.00 ×', 'NO']);
		expect(reached('2a against 3e')).toEqual(['≈ 344 ×', 'yes']);
	});

	it('compare a poll with bare paging, where it was measured', () => {
		expect(reached('5b against 5a')).toEqual(['1.40 ×', 'yes']);
		const measurements = RESULTS.measurements.filter(({ way }) => !way.startsWith('5'));
		const { rows: others } = goalTable({ ...RESULTS, measurements });
		expect(others).toHaveLength(rows.length - 1);
	});

	it('compare creation with what is possible, and what others wait for, where it was measured', () => {
		expect(reached('6a: creation')).toEqual(['6.00 minutes', 'yes']);
		expect(reached('6a: share')).toEqual(['83.3 %', 'yes']);
		expect(reached('6a: 95th percentile')).toEqual(['3.50 ×', 'NO']);
		expect(reached('6b: refused')).toEqual(['–', 'not measured']);
		const { rows: others } = goalTable({ ...RESULTS, creations: undefined });
		expect(others).toHaveLength(rows.length - 4);
	});

	it('compare the time and the heap of one item', () => {
		expect(reached('2a: time for each item')).toEqual(['1.10 ×', 'yes']);
		expect(reached('2c: time for each item')).toEqual(['–', 'not measured']);
		expect(reached('2a: live heap')).toEqual(['140 bytes', 'yes']);
		expect(reached('2c: live heap')).toEqual(['700 bytes', 'NO']);
	});
});

describe('the other tables', () => {
	it('say how many times faster each way of this node is', () => {
		const { head, rows } = speedUpTable(RESULTS);
		expect(head.slice(2)).toEqual(['than 3a', 'than 3b', 'than 3c', 'than 3d', 'than 3e']);
		expect(rowsOf(rows, ['2c'])[0]?.slice(2)).toEqual(['1,000 ×', '18.0 ×', '–', '–', '–']);
	});

	it('say where the time goes, the largest part first', () => {
		const { head, rows } = profileTable(RESULTS);
		expect(head).toEqual(['Milliseconds', '1c, 100,000 items', '2a, 100,000 items']);
		expect(rows).toEqual([
			['mapping', '0 (0 %)', '750 (75 %)'],
			['JSON', '300 (75 %)', '250 (25 %)'],
			['waiting', '100 (25 %)', '0 (0 %)'],
			['all', '400', '1,000'],
		]);
	});

	it('show the options as a grid', () => {
		const { head, rows } = gridTable(RESULTS.grid as NonNullable<Results['grid']>);
		expect(head).toEqual(['Chunk size', '1 at a time', '2 at a time', 'Requests']);
		expect(rows).toEqual([
			['100', '≈ 200.2', '100.1', '200'],
			['500', '40.3', 'failed: took longer than 9 s', '40'],
		]);
	});

	it('show what creation takes, and what others wait for', () => {
		expect(creationTable(RESULTS).rows).toEqual([
			[
				...['6a', '100,000', '360', '278', '333', '83.3 %', '0 of 100,110', '0 of 80,000'],
				...['2.50 / 4.00 ms', '5.00 / 14.0 ms'],
			],
			['6b', '50,000', 'failed: 3 entities are stored instead of 4', '', '', '', '', '', '', ''],
		]);
	});

	it('show what connections cost', () => {
		expect(connectionTable(RESULTS).rows).toEqual([
			["n8n's HTTP helper", '3,200', '0', '2.50 ms', '1.25 ms', '3.25 / 12.0 ms'],
			[expect.stringContaining('keep the connection'), 'failed: ECONNRESET', '', '', '', ''],
		]);
	});

	const table = { head: ['Way', 'Items'], rows: [['a|b', '1,000']], textColumns: [0] };

	it('are aligned in the terminal, and tables in Markdown', () => {
		expect(toText(table)).toBe('Way  Items\n───  ─────\na|b  1,000');
		expect(toMarkdownTable(table)).toBe('| Way | Items |\n| --- | ---: |\n| a\\|b | 1,000 |');
	});
});

describe('the chart', () => {
	const svg = toSvg(RESULTS);

	it('has a bar for every result, and dashed bars for extrapolated ones', () => {
		const bars = svg.match(/<rect x="\d+" y="[\d.]+" width="[\d.]+" height="11"/g);
		expect(bars).toHaveLength(RESULTS.measurements.length - 1);
		expect(svg.match(/stroke-dasharray/g)).toHaveLength(1);
		expect(svg).toContain('≈ 182<');
	});

	it('stays inside its frame, and escapes quoted text', () => {
		const width = Number(/ width="(\d+)"/.exec(svg)?.[1]);
		const ends = [...svg.matchAll(/<rect x="(\d+)" y="[\d.]+" width="([\d.]+)"/g)];
		for (const [, x, length] of ends) expect(Number(x) + Number(length)).toBeLessThan(width);
		expect(svg).toContain('needs more than 4096 MB of &lt;heap&gt;');
		expect(svg).not.toContain('NaN');
	});
});

describe('the page', () => {
	it('contains every table, the chart and the machine', () => {
		const page = toMarkdown(RESULTS);
		expect(page).toContain(toMarkdownTable(mainTable(RESULTS)));
		expect(page).toContain(toMarkdownTable(goalTable(RESULTS)));
		expect(page).toContain('![Records per second by way and number of items](results.svg)');
		expect(page).toContain('2 cores with 8 GB of memory, Node.js 24.1.0, n8n 2.0.0');
		expect(page).not.toContain('undefined');
		expect(page).not.toContain('quick run');
	});

	it('is complete without a grid and without creation, and marks a quick run', () => {
		const settings = { ...RESULTS.settings, quick: true };
		const quick = { ...RESULTS, grid: undefined, creations: undefined, settings };
		expect(toMarkdown(quick)).toContain('quick run');
		expect(toMarkdown(quick)).not.toContain('Chunk size and concurrency');
		expect(toMarkdown(quick)).not.toContain('## Creation');
		expect(toMarkdown(RESULTS)).toContain(toMarkdownTable(creationTable(RESULTS)));
	});

	const committed = join(__dirname, '../../bench/results.json');
	(existsSync(committed) ? it : it.skip)(
		'in the repository is generated from the results next to it',
		() => {
			const results = JSON.parse(readFileSync(committed, 'utf8')) as Results;
			const read = (file: string) => readFileSync(join(__dirname, '../../bench', file), 'utf8');
			expect(read('results.md')).toBe(toMarkdown(results));
			expect(read('results.svg')).toBe(toSvg(results));
		},
	);
});
