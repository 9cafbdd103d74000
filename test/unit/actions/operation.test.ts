import type { INodeProperties } from 'n8n-workflow';

import {
	describeResource,
	type Operation,
} from '../../../nodes/KibanaEntityStore/actions/operation';
import { KibanaEntityStore } from '../../../nodes/KibanaEntityStore/KibanaEntityStore.node';

const parameter = (name: string) =>
	({ displayName: name, name, type: 'string', default: '' }) as const;

const shared = parameter('shared');

const operation = (value: string, parameters: Operation['parameters']): Operation => ({
	value,
	name: value.toUpperCase(),
	action: `${value} a thing`,
	description: '',
	parameters,
	execute: async () => [],
});

describe('the description of a resource', () => {
	const [dropdown, ...parameters] = describeResource({
		value: 'thing',
		name: 'Thing',
		things: 'things',
		defaultOperation: 'b',
		operations: [
			operation('b', [
				shared,
				{ ...parameter('own'), displayOptions: { show: { shared: ['x'] } } },
			]),
			operation('a', [shared]),
		],
	});

	it('offers its operations by name', () => {
		expect(dropdown).toMatchObject({
			default: 'b',
			options: [
				{ name: 'A', value: 'a', action: 'a a thing' },
				{ name: 'B', value: 'b', action: 'b a thing' },
			],
		});
	});

	it('shows a parameter for the operations that list it, under its own conditions', () => {
		expect(parameters.map(({ name, displayOptions }) => [name, displayOptions?.show])).toEqual([
			['shared', { resource: ['thing'], operation: ['b', 'a'] }],
			['own', { resource: ['thing'], operation: ['b'], shared: ['x'] }],
		]);
	});
});

const READING = ['get', 'getAll', 'delete', 'deleteMissing'];

describe('the node', () => {
	const { properties } = new KibanaEntityStore().description;

	it('offers an action for every operation, once', () => {
		const actions = properties
			.filter(({ name }) => name === 'operation')
			.flatMap(({ options = [] }) => options)
			.map((option) => ('action' in option ? option.action : undefined));
		expect(actions.length).toBeGreaterThan(3);
		expect(new Set(actions).size).toBe(actions.length);
		expect(actions).not.toContain(undefined);
	});

	it('describes every parameter of reading and deleting for a reader who sees only names', () => {
		const isOf = ({ displayOptions }: INodeProperties) =>
			displayOptions?.show?.resource?.includes('entity') &&
			READING.some((operation) => displayOptions.show?.operation?.includes(operation));
		const described = properties
			.filter(isOf)
			.flatMap((parameter) => [
				parameter,
				...(parameter.options ?? []).filter((option) => 'displayName' in option),
			]) as INodeProperties[];
		expect(described.length).toBeGreaterThan(30);
		const words = ({ displayName, description = '' }: INodeProperties) =>
			// What only says the name again helps nobody.
			description.split(' ').filter((word) => !displayName.includes(word)).length;
		expect(described.filter((one) => words(one) < 3).map(({ name }) => name)).toEqual([]);
	});
});
