/** What the story of the first hour stands on, for the test and for the screenshots. */
export const LOGIN = { email: 'owner@example.com', password: 'Entity-Store-1' };

/** The name that the editor gives the node after the action it was added with. */
export const NODE = 'Create or update an entity';

const EXPORTS = {
	/** Keys of a directory's own; one impact is none that Kibana knows. */
	plain: [
		{
			login: 'jane.doe',
			mail: 'jane.doe@example.com',
			name: 'Jane Doe',
			team: 'Finance',
			impact: 'high_impact',
		},
		{
			login: 'kai.ito',
			mail: 'kai.ito@example.com',
			name: 'Kai Ito',
			team: 'Sales',
			impact: 'severe',
		},
		{
			login: 'mia.lund',
			mail: 'mia.lund@example.com',
			name: 'Mia Lund',
			team: 'Engineering',
			impact: 'low_impact',
		},
	],
	/** Keys that name entity fields, and one that does not. */
	ecs: [
		{
			user: { name: 'jane.doe', email: 'jane.doe@example.com' },
			'asset.criticality': 'high_impact',
			shoeSize: 39,
		},
	],
};

/** A workflow that yields a small directory, and waits for what is to be done with it. */
export const directoryWorkflow = (keys: keyof typeof EXPORTS = 'plain') => ({
	name: 'First hour',
	nodes: [
		{
			id: '00000000-0000-4000-8000-000000000001',
			name: 'Run by Hand',
			type: 'n8n-nodes-base.manualTrigger',
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
		},
		{
			id: '00000000-0000-4000-8000-000000000002',
			name: 'Directory',
			type: 'n8n-nodes-base.code',
			typeVersion: 2,
			position: [220, 0],
			parameters: {
				jsCode: `return ${JSON.stringify(EXPORTS[keys])}.map((json) => ({ json }));`,
			},
		},
	],
	connections: {
		'Run by Hand': { main: [[{ node: 'Directory', type: 'main', index: 0 }]] },
	},
	settings: { executionOrder: 'v1' },
});
