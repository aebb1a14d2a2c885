// Pulls a model with the built library, as a process that can be killed. Arguments: repository, home folder.
import { pullModel } from '@h2ovl/core';

const [repository, home] = process.argv.slice(2);
await pullModel(repository, { home });
