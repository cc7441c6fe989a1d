"""Removes a queue and prints how many messages were in it."""
import argparse

from kombu import Connection

parser = argparse.ArgumentParser()
parser.add_argument("--broker", required=True)
parser.add_argument("--queue", required=True)
options = parser.parse_args()
with Connection(options.broker) as connection:
    print(connection.default_channel.queue_delete(options.queue) or 0)
