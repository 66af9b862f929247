# Databricks notebook source
def cents(amount):
    return (amount * 100).cast("bigint")
