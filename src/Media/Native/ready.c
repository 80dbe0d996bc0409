/* Serves the socket of a tool that is kept ready: forks for each job, tells its number and its end to who asked, and ends what nobody
 * waits for any more. One thread, no allocation. */
#define _GNU_SOURCE
#include "ready.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A connection, and the process that it asked for; 0 while nothing has been asked, -1 for a connection that has been closed. */
struct job {
    int connection;
    pid_t process;
};

static struct job jobs[MOST_JOBS];
static int job_count, draining;

/* Its group too, which is there only once the child has come so far. */
static void kill_job(const struct job *job) {
    if (job->process > 0) {
        kill(job->process, SIGKILL);
        kill(-job->process, SIGKILL);
    }
}

static void forget(int index) {
    if (jobs[index].connection >= 0) close(jobs[index].connection);
    jobs[index] = jobs[--job_count];
}

/* Ended processes: their exit status goes to who asked. What else is in the group of one goes with it, while its number is taken. */
static void reap(void) {
    for (int i = job_count - 1; i >= 0; i--) {
        siginfo_t ended = {0};
        int status;
        if (jobs[i].process <= 0 || waitid(P_PID, (id_t)jobs[i].process, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0) continue;
        kill(-jobs[i].process, SIGKILL);
        if (waitpid(jobs[i].process, &status, 0) != jobs[i].process) continue;
        int32_t message = status;
        if (jobs[i].connection >= 0) send(jobs[i].connection, &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT);
        forget(i);
    }
}

static void accept_jobs(int listener, const struct limits *limits) {
    while (job_count < limits->jobs) {
        int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (connection < 0) return;
        struct ucred peer = {0};
        socklen_t length = sizeof peer;
        /* The folder is this user's alone; should it not be, still nobody else gets in. (In a user namespace everybody else is 65534, so
         * one that is 65534 itself has the folder alone.) */
        if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || peer.uid != geteuid()) {
            close(connection);
            continue;
        }

        jobs[job_count++] = (struct job){.connection = connection};
    }
}

/* True in the child, which has its arguments then; it has closed all that is not its own. */
static int begin(struct job *job, const struct request *request, const struct limits *limits) {
    pid_t parent = getpid();
    pid_t process = fork();
    if (process == 0) {
        if (become_job(request, limits, parent) == 0) return 1;
        perror("It could not be set up");
        _exit(126);
    }

    for (int i = 0; i < JOB_DESCRIPTORS; i++) close(request->descriptors[i]);
    if (process < 0) return 0;
    job->process = process;
    int32_t message = process;
    send(job->connection, &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT);
    return 0;
}

/* True in the child. */
static int on_connection(int index, struct request *request, const struct limits *limits) {
    struct job *job = &jobs[index];
    if (job->process == 0 && receive_request(job->connection, request) == 0) {
        if (begin(job, request, limits)) return 1;
        if (job->process == 0) forget(index);
    } else if (job->process == 0) {
        forget(index);
    } else {
        /* Whoever asked has gone, or says what it has no business to say. */
        kill_job(job);
        close(job->connection);
        job->connection = -1;
    }

    return 0;
}

static void end_all(void) {
    for (int i = 0; i < job_count; i++) kill_job(&jobs[i]);
    _exit(0);
}

static void on_input(void) {
    char byte;
    ssize_t length = read(STDIN_FILENO, &byte, 1);
    if (length == 0 || (length < 0 && errno != EINTR && errno != EAGAIN)) end_all();
    if (length > 0) draining = 1;
}

void serve(int listener, struct request *request, const struct limits *limits) {
    sigset_t none;
    sigemptyset(&none);
    for (;;) {
        struct pollfd polled[MOST_JOBS + 2] = {
            {.fd = STDIN_FILENO, .events = POLLIN},
            {.fd = job_count < limits->jobs ? listener : -1, .events = POLLIN},
        };
        int known = job_count;
        for (int i = 0; i < known; i++) polled[i + 2] = (struct pollfd){.fd = jobs[i].connection, .events = POLLIN};
        int ready = ppoll(polled, (nfds_t)known + 2, NULL, &none);
        if (ready > 0 && polled[0].revents != 0) on_input();
        /* From the last on: forgetting one moves the last to its place. */
        for (int i = known - 1; ready > 0 && i >= 0; i--) {
            if (polled[i + 2].revents != 0 && on_connection(i, request, limits)) return;
        }

        reap();
        accept_jobs(listener, limits);
        if (draining && job_count == 0) _exit(0);
    }
}
