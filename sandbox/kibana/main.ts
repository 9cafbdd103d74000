import { HELP, readArguments } from './arguments';
import { settingsOf, type KibanaOptions } from './options';
import { startKibana } from './server';

const FIRST_CHOICE = Number(process.env.KIBANA_PORT ?? 5601);

/** A first request to each of the generations. */
const EXAMPLES = {
	v1: {
		method: 'PUT',
		path: '/api/entity_store/entities/bulk',
		body: { entities: [{ type: 'user', record: { entity: { id: 'jane' } } }] },
	},
	v2: {
		method: 'POST',
		path: '/api/security/entity_store/entities/host',
		body: { host: { name: 'web-01' } },
	},
};

const start = async (options: KibanaOptions) => {
	if (options.port !== undefined) return await startKibana(options);
	try {
		return await startKibana({ ...options, port: FIRST_CHOICE });
	} catch {
		return await startKibana(options);
	}
};

/** v2 unless the command line says otherwise. */
const withApi = (options: KibanaOptions): KibanaOptions =>
	options.api === undefined && options.revision === undefined ? { ...options, api: 'v2' } : options;

const main = async () => {
	const given = readArguments(process.argv.slice(2));
	if (given === undefined) {
		console.log(HELP);
		return;
	}
	const options = withApi(given);
	const { api, revision } = settingsOf(options);
	const kibana = await start(options);
	const { method, path, body } = EXAMPLES[api === 'v1' ? 'v1' : 'v2'];
	console.log(`Test Kibana: ${kibana.url}
API:         ${api}, as of Kibana ${revision}
API key:     ${kibana.apiKey}
User:        ${kibana.username} / ${kibana.password}

Try it:
  curl -X ${method} ${kibana.url}${path} \\
    -H 'kbn-xsrf: curl' -H 'content-type: application/json' \\
    -H 'elastic-api-version: 2023-10-31' \\
    -H 'authorization: ApiKey ${kibana.apiKey}' \\
    -d '${JSON.stringify(body)}'

Bulk and create requests are listed as they come. Ctrl-C ends it.`);

	const reported = new Set<unknown>();
	const reporter = setInterval(() => {
		const writes = [...kibana.bulkRequests(), ...kibana.createRequests()]
			.filter((request) => request.status !== 0 && !reported.has(request))
			.sort((one, other) => one.startedAt - other.startedAt);
		for (const request of writes) {
			reported.add(request);
			const { method: verb, path: to, rows, bytes, status } = request;
			const count = `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`;
			console.log(`${verb} ${to}  ${count}  ${bytes} bytes  HTTP ${status}`);
		}
	}, 300);
	process.once('SIGINT', () => {
		clearInterval(reporter);
		void kibana.stop();
	});
};

main().catch((error: Error) => {
	console.error(error.message);
	process.exitCode = 1;
});
