import { startKibana, type TestKibana } from '../../sandbox/kibana/server';

/** Starts a Kibana of each generation for the tests of a file, and empties both after each test. */
export const withBothGenerations = (use: (v2: TestKibana, v1: TestKibana) => void): void => {
	let kibanas: TestKibana[] = [];
	beforeAll(async () => {
		const v2 = await startKibana({ api: 'v2' });
		const v1 = await startKibana({ api: 'v1', listsLive: true });
		kibanas = [v2, v1];
		use(v2, v1);
	});
	afterEach(() => {
		for (const kibana of kibanas) kibana.clear();
	});
	afterAll(async () => {
		for (const kibana of kibanas) await kibana.stop();
	});
};
