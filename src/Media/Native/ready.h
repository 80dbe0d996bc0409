/* The parts of libEmotionReady.so; what they are for is said where they are written. */
#ifndef EMOTION_READY_H
#define EMOTION_READY_H

#include "job.h"

#include <stddef.h>
#include <sys/types.h>

enum { MOST_JOBS = 256 };

/* How many jobs there may be at once, and what each may use. */
struct limits {
    int jobs;
    unsigned long memory, cpu, file, files;
    int niceness;
};

/* What a job is to be: the text of its arguments, and its descriptors, in the order of job.h. */
struct request {
    char text[JOB_BYTES];
    size_t length;
    int descriptors[JOB_DESCRIPTORS];
};

/* request.c: 0, or -1 where it is none; then nothing of it is open. */
int receive_request(int connection, struct request *request);
/* All arguments, ended by NULL: those given first, then those of the request but its first. */
char **request_arguments(struct request *request, int argc, char **argv, int *total);

/* child.c: 0, or -1 and errno. */
int become_job(const struct request *request, const struct limits *limits, pid_t parent);
/* Before the process takes a name of its own in lists of processes, and handles signals: become_job gives back what was. */
void keep_identity(void);
void renew_canary(void);

/* ready.c: returns in a child only. */
void serve(int listener, struct request *request, const struct limits *limits);

#endif
