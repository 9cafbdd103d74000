import type { Resource } from '../operation';
import { disableHistorySnapshot } from './disableHistorySnapshot';
import { enableHistorySnapshot } from './enableHistorySnapshot';
import { getStatus } from './getStatus';
import { install } from './install';
import { renewApiKey } from './renewApiKey';
import { start } from './start';
import { stop } from './stop';
import { uninstall } from './uninstall';
import { updateConfiguration } from './updateConfiguration';

export const store: Resource = {
	value: 'store',
	name: 'Store',
	things: 'items',
	defaultOperation: getStatus.value,
	operations: [
		disableHistorySnapshot,
		enableHistorySnapshot,
		getStatus,
		install,
		renewApiKey,
		start,
		stop,
		uninstall,
		updateConfiguration,
	],
};
