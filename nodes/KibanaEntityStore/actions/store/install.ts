import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { space } from '../parameters';
import { askPatiently, perItem } from '../perItem';
import { requestOptions } from '../requestOptions';
import {
	entityTypes,
	historySnapshot,
	logExtraction,
	readEntityTypes,
	readSettings,
	waitTimeout,
	waitUntilRunning,
} from './parameters';
import { isRunning, refuseTimeout, statusAfter } from './wait';

export const install: Operation = {
	value: 'install',
	name: 'Install',
	action: 'Install the store',
	description:
		'Install the entity store in a space, or what is missing of it; what is installed already stays as it is',
	parameters: [
		space,
		entityTypes,
		logExtraction,
		historySnapshot,
		waitUntilRunning,
		waitTimeout,
		optionsParameter(requestOptions),
	],
	execute: perItem(async (call) => {
		const { session, generation, client } = call;
		const read = readEntityTypes(call);
		if ('failure' in read) return read;
		const unending = refuseTimeout(call);
		if (unending) return { failure: unending };
		const { types } = read;
		const settings = {
			logExtraction: readSettings(call, 'logExtraction'),
			historySnapshot: readSettings(call, 'historySnapshot'),
		};
		const reply = await askPatiently(
			session,
			async () => await generation.store.install(client, session.now, types, settings),
		);
		return 'failure' in reply ? reply : await statusAfter(call, isRunning(types));
	}),
};
