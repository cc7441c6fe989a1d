// Takes the results that workers send to an rpc reply queue, so that they don't pile up in the broker, and counts them.
// usage: reply_sink <queue> <count>
// Declares the queue as a Celery client does. Prints "ready" when it consumes, one line of JSON after `count` results,
// and a second one, with what came after that, when it is ended by SIGTERM.
#include "common.h"

static volatile sig_atomic_t stopped = 0;
static void stop(int signal) {
    (void)signal;
    stopped = 1;
}

int main(int argc, char **argv) {
    if (argc < 3) die("usage: reply_sink <queue> <count>");
    long count = atol(argv[2]);
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    amqp_connection_state_t connection = connect_to_broker();
    amqp_bytes_t queue = amqp_cstring_bytes(argv[1]);
    // Celery reference, 2.1: durable, auto-delete, expires after a day.
    amqp_table_entry_t expires = {.key = amqp_cstring_bytes("x-expires"),
                                  .value = {.kind = AMQP_FIELD_KIND_I32, .value.i32 = 86400000}};
    amqp_table_t arguments = {1, &expires};
    amqp_queue_declare(connection, 1, queue, 0, 1, 0, 1, arguments);
    check(amqp_get_rpc_reply(connection), "queue.declare");
    amqp_basic_consume(connection, 1, queue, amqp_empty_bytes, 0, 1, 0, amqp_empty_table);
    check(amqp_get_rpc_reply(connection), "basic.consume");
    puts("ready");
    fflush(stdout);

    long taken = 0, successes = 0;
    double first = 0;
    while (!stopped) {
        amqp_envelope_t envelope;
        struct timeval timeout = {0, 200000};
        amqp_maybe_release_buffers(connection);
        amqp_rpc_reply_t reply = amqp_consume_message(connection, &envelope, &timeout, 0);
        if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && reply.library_error == AMQP_STATUS_TIMEOUT) continue;
        if (stopped) break;
        check(reply, "consume");
        taken++;
        if (taken == 1) first = now();
        amqp_bytes_t body = envelope.message.body;
        if (memmem(body.bytes, body.len, "\"SUCCESS\"", 9)) successes++;
        amqp_destroy_envelope(&envelope);
        if (taken == count) {
            printf("{\"first\": %.6f, \"last\": %.6f, \"taken\": %ld, \"successes\": %ld}\n", first, now(), taken, successes);
            fflush(stdout);
        }
    }
    printf("{\"taken\": %ld, \"successes\": %ld}\n", taken, successes);
    fflush(stdout);
}
