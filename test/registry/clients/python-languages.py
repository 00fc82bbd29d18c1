"""As python-client.py, with the JSON Schema and Protobuf serdes of confluent-kafka."""

import base64
import json
import sys

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

url, given = sys.argv[1], json.loads(sys.argv[2])
client = SchemaRegistryClient({"url": url})


def of_language(kind, about, serializer, deserializer, value):
    context = SerializationContext(about["topic"], MessageField.VALUE)
    encoded = serializer(value, context)
    try:
        client.register_schema(about["subject"], Schema(about["breaking"], kind))
        refused = None
    except SchemaRegistryError as error:
        refused = f"{error.http_status_code} {error.error_message}"
    latest = client.get_latest_version(about["subject"]).schema_id
    decoded = deserializer(bytes.fromhex(about["bytes"]), context)
    return {"id": latest, "latest": latest, "encoded": encoded.hex(), "decoded": decoded, "refused": refused}


file = descriptor_pb2.FileDescriptorProto.FromString(base64.b64decode(given["protobuf"]["schema"]))
pool = descriptor_pool.DescriptorPool()
pool.Add(file)
message = message_factory.GetMessageClass(pool.FindMessageTypeByName(given["message"]))
about = given["json"]
answers = {
    "json": of_language(
        "JSON",
        about,
        JSONSerializer(about["schema"], client),
        JSONDeserializer(about["schema"], schema_registry_client=client),
        given["value"],
    ),
    "protobuf": of_language(
        "PROTOBUF",
        given["protobuf"],
        ProtobufSerializer(message, client),
        ProtobufDeserializer(message, schema_registry_client=client),
        message(**given["value"]),
    ),
}
read = answers["protobuf"]["decoded"]
answers["protobuf"]["decoded"] = {
    "id": read.id,
    "note": read.note,
    "tags": list(read.tags),
    "rates": dict(read.rates),
}
print(json.dumps(answers))
