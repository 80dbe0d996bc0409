using Emotion.Training.Commands;

return await TrainingCommandLine.RunAsync(args);
