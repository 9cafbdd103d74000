import { adviceFor } from '../../../nodes/KibanaEntityStore/actions/fixes';
import type { Fix } from '../../../nodes/KibanaEntityStore/failure';
import { KibanaEntityStore } from '../../../nodes/KibanaEntityStore/KibanaEntityStore.node';
import { KibanaEntityStoreTrigger } from '../../../nodes/KibanaEntityStore/KibanaEntityStoreTrigger.node';
import { KibanaEntityStoreApi } from '../../../credentials/KibanaEntityStoreApi.credentials';

const FIXES: Readonly<Record<Fix, true>> = {
	addressUsers: true,
	apiGeneration: true,
	baseUrl: true,
	createOrUpdate: true,
	createOwnUser: true,
	credential: true,
	force: true,
	installStore: true,
	localProvider: true,
	narrowFilter: true,
	maxRunTime: true,
	requestSize: true,
	scheme: true,
	startStore: true,
	timeout: true,
	trust: true,
};

/** Every name that the editor shows: of parameters, options and choices. */
const labelsIn = (value: unknown): string[] => {
	if (Array.isArray(value)) return value.flatMap(labelsIn);
	if (typeof value !== 'object' || value === null) return [];
	const { displayName, name } = value as { displayName?: unknown; name?: unknown };
	const own = [displayName, name].filter((one): one is string => typeof one === 'string');
	return [...own, ...Object.values(value).flatMap(labelsIn)];
};

describe('what to change in the editor', () => {
	it.each(Object.keys(FIXES) as Fix[])('is named as the editor names it: %s', (fix) => {
		const labels = new Set([
			...labelsIn(new KibanaEntityStore().description),
			...labelsIn(new KibanaEntityStoreTrigger().description),
			...labelsIn(new KibanaEntityStoreApi().properties),
		]);
		const text = adviceFor({ fix }) ?? '';
		expect(text).not.toBe('');
		const quoted = [...text.matchAll(/"([^"]+)"/g)].map(([, label]) => label);
		expect(quoted.filter((label) => !labels.has(label as string))).toEqual([]);
	});

	it('follows what is to be done outside the editor', () => {
		expect(adviceFor({ hint: 'Check that Kibana runs', fix: 'baseUrl' })).toMatch(
			/^Check that Kibana runs\. Check the base URL/,
		);
		expect(adviceFor({})).toBeUndefined();
	});
});
