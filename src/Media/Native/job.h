/* What emotion-start and a tool that is kept ready say to each other, over a SOCK_SEQPACKET socket, a connection per job:
 *
 *   start -> ready   one message: the arguments, each ended by NUL, the first being the name of the tool; with it, by
 *                    SCM_RIGHTS, standard input, output and error and the working folder
 *   ready -> start   int32: the number of the process, when it has been forked
 *   ready -> start   int32: its wait status, when it has ended
 *
 * Whoever starts a job and hears nothing may start it some other way; whoever has heard the first answer may not, because the job
 * may have read and written by then. */
#ifndef EMOTION_JOB_H
#define EMOTION_JOB_H

enum {
    JOB_BYTES = 64 * 1024, /* of a message; a longer command line is executed the ordinary way */
    JOB_ARGUMENTS = 4096,
    JOB_DESCRIPTORS = 4,
};

#endif
