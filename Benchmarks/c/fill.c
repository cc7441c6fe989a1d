// Fills a queue with copies of one real message, each with an id of its own, and waits for the broker's confirms.
// usage: fill <queue with the real message> <queue to fill> <count> [reply_to]
// The real message is taken without ack and so stays where it is. Its id is what its correlation_id says; wherever the
// headers hold the same text (id, root_id) the new id takes its place. Ids are a UUID whose end counts from 0.
#include "common.h"

enum { idLength = 36, window = 4000 };

/// Which delivery tags were confirmed; single acks may come in any order, a multiple one covers all before it.
typedef struct {
    unsigned char *isConfirmed;
    uint64_t lowest, missing;
} confirms_t;

static void wait_for_confirms(amqp_connection_state_t connection, confirms_t *confirms, uint64_t published,
                              uint64_t mostMissing) {
    while (confirms->missing > mostMissing) {
        amqp_frame_t frame;
        amqp_maybe_release_buffers(connection);
        check_status(amqp_simple_wait_frame(connection, &frame), "confirm");
        if (frame.frame_type != AMQP_FRAME_METHOD) continue;
        if (frame.payload.method.id != AMQP_BASIC_ACK_METHOD) die("the broker did not confirm");
        amqp_basic_ack_t *ack = frame.payload.method.decoded;
        if (ack->delivery_tag > published) die("the broker confirmed what was not published");
        for (uint64_t tag = ack->multiple ? confirms->lowest : ack->delivery_tag; tag <= ack->delivery_tag; tag++) {
            confirms->missing -= !confirms->isConfirmed[tag];
            confirms->isConfirmed[tag] = 1;
        }
        while (confirms->lowest <= published && confirms->isConfirmed[confirms->lowest]) confirms->lowest++;
    }
}

int main(int argc, char **argv) {
    if (argc < 4) die("usage: fill <queue with the real message> <queue to fill> <count> [reply_to]");
    long count = atol(argv[3]);
    amqp_connection_state_t connection = connect_to_broker();
    check(amqp_basic_get(connection, 1, amqp_cstring_bytes(argv[1]), 0), "basic.get");
    amqp_message_t message;
    check(amqp_read_message(connection, 1, &message, 0), "read");
    amqp_basic_properties_t *properties = &message.properties;
    if (properties->correlation_id.len != idLength) die("the message's correlation_id is not a UUID");

    char id[idLength + 1];
    memcpy(id, properties->correlation_id.bytes, idLength);
    id[idLength] = 0;
    amqp_bytes_t *places[16] = {&properties->correlation_id};
    int placeCount = 1;
    for (int index = 0; index < properties->headers.num_entries; index++) {
        amqp_field_value_t *value = &properties->headers.entries[index].value;
        if (value->kind == AMQP_FIELD_KIND_UTF8 && value->value.bytes.len == idLength && placeCount < 16 &&
            memcmp(value->value.bytes.bytes, id, idLength) == 0)
            places[placeCount++] = &value->value.bytes;
    }
    for (int index = 0; index < placeCount; index++) *places[index] = (amqp_bytes_t){idLength, id};
    if (argc > 4) {
        properties->reply_to = amqp_cstring_bytes(argv[4]);
        properties->_flags |= AMQP_BASIC_REPLY_TO_FLAG;
    }

    amqp_connection_state_t publisher = connect_to_broker();
    amqp_confirm_select(publisher, 1);
    check(amqp_get_rpc_reply(publisher), "confirm.select");
    confirms_t confirms = {calloc((size_t)count + 2, 1), 1, 0};
    if (!confirms.isConfirmed) die("no memory");
    for (long index = 0; index < count; index++) {
        char digits[13];
        snprintf(digits, sizeof digits, "%012lx", (unsigned long)index & 0xffffffffffffUL);
        memcpy(id + idLength - 12, digits, 12);
        check_status(amqp_basic_publish(publisher, 1, amqp_empty_bytes, amqp_cstring_bytes(argv[2]), 0, 0, properties,
                                        message.body),
                     "publish");
        confirms.missing++;
        if (confirms.missing >= window) wait_for_confirms(publisher, &confirms, (uint64_t)index + 1, window / 2);
    }
    wait_for_confirms(publisher, &confirms, (uint64_t)count, 0);
    check(amqp_connection_close(publisher, AMQP_REPLY_SUCCESS), "close");
    check(amqp_connection_close(connection, AMQP_REPLY_SUCCESS), "close");
}
